# Sourced by tests of a farm that loses what runs it, after losses.sh: a list of tasks, runs over it, and whether every task has
# left its result once.
# shellcheck shell=bash disable=SC2154,SC2034
program=cohort-farm to_files=

# write_tasks N: each prints its number and the square; they take 10 to 30 ms, every fiftieth 0.4 s. That is
# as much as two cores start while seven ranks ask for more.
write_tasks() {
  seq "$1" | awk '{ printf "sleep %s; echo \"%d $((%d * %d))\"\n", ($1 % 50 ? 0.01 + $1 % 3 / 100 : 0.4), $1, $1, $1 }' >tasks
  seq "$1" | awk '{ print $1, $1 * $1 }' >expected # as one after the other would print them
  : >all_out
}

# begin_farm [OPTION...]: its results go to standard output or, if to_files is set, to files: what rank 0 prints it writes down a moment
# later, so that tasks are printed twice if it dies between; and an mpirun that is killed loses what it has not yet written.
begin_farm() { begin_run cohort-farm --journal journal ${to_files:+--results results} "$@" tasks; }
# has_ended N: so many tasks.
ended_tasks() { if [ -n "$to_files" ]; then find results -name status 2>/dev/null | wc -l; else wc -l <out; fi; }
has_ended() { [ "$(ended_tasks)" -ge "$1" ]; }
# end_farm: what it has printed is kept in all_out. Its end may be later than cohort-run's, if that was killed.
end_farm() {
  end_run
  [ "$status" = 0 ] || nothing_left 30
  [ -n "$to_files" ] || cat out >>all_out
}
all_results() { if [ -n "$to_files" ]; then cat results/*/stdout; else cat all_out; fi; }
each_once() { cmp <(all_results | sort -n) expected; }
