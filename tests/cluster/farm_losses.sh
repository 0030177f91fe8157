# Sourced by tests of a farm that loses what runs it, after losses.sh: a list of tasks, runs over it, and whether every task has
# left its result, and once.
# shellcheck shell=bash disable=SC2154,SC2034
program=cohort-farm may_repeat=0

# write_tasks N: each prints its number and the square; they take 10 to 30 ms, every fiftieth 0.4 s. That is
# as much as two cores start while seven ranks ask for more.
write_tasks() {
  seq "$1" | awk '{ printf "sleep %s; echo \"%d $((%d * %d))\"\n", ($1 % 50 ? 0.01 + $1 % 3 / 100 : 0.4), $1, $1, $1 }' >tasks
  seq "$1" | awk '{ print $1, $1 * $1 }' >expected # as one after the other would print them
  : >all_out
  may_repeat=0
}

# write_long_tasks: as many as eight ranks do in no less than 15 s, however fast the machine is.
write_long_tasks() {
  write_tasks 1200
  sed -i 's/^sleep [0-9.]*/sleep 0.1/' tasks
}

begin_farm() { begin_run cohort-farm --journal journal "$@" tasks; }
# has_ended N: so many tasks.
has_ended() { [ "$(wc -l <out)" -ge "$1" ]; }
# end_farm: what it has printed is kept in all_out. Its end may be later than cohort-run's, if that was killed. A rank 0 that is
# lost may have printed a task that it had not yet written down.
end_farm() {
  end_run
  [ "$status" = 0 ] || { nothing_left 30; may_repeat=$((may_repeat + 1)); }
  cat out >>all_out
}
each_result() { cmp <(sort -nu all_out) expected; }
each_once() { each_result && [ "$(wc -l <all_out)" -le $(($(wc -l <expected) + may_repeat)) ]; }
