# Sourced by tests of a farm that loses what runs it, after losses.sh: a list of tasks, runs over it, and whether every task has
# left its result once.
# shellcheck shell=bash disable=SC2154,SC2034
program=cohort-farm

# write_tasks N: each prints its number and the square; they take 10 to 30 ms, every fiftieth 0.4 s. That is
# as much as two cores start while seven ranks ask for more.
write_tasks() {
  seq "$1" | awk '{ printf "sleep %s; echo \"%d $((%d * %d))\"\n", ($1 % 50 ? 0.01 + $1 % 3 / 100 : 0.4), $1, $1, $1 }' >tasks
  seq "$1" | awk '{ print $1, $1 * $1 }' >expected # as one after the other would print them
  : >all_out
}

# begin_farm [OPTION...]
begin_farm() { begin_run cohort-farm --journal journal "$@" tasks; }
# has_ended N: so many tasks.
ended_tasks() { wc -l <out; }
has_ended() { [ "$(ended_tasks)" -ge "$1" ]; }
# end_farm: what it has printed is kept in all_out.
end_farm() {
  end_run
  cat out >>all_out
}
each_once() { cmp <(sort -n all_out) expected; }
