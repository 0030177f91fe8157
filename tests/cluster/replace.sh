#!/usr/bin/env bash
# shellcheck disable=SC2119
# replace.sh BUILD BED: a farm on four hosts with a slot for each of its eight ranks. Ranks that are killed are replaced, each on its
# own host; when a host's ranks are all lost nothing is replaced any more, since Open MPI might end the job.
. "$(dirname "$0")/check.sh"
. "$here/losses.sh"
. "$here/farm_losses.sh"
build=$(realpath "$1")
export COHORT_BED=$2 RANKS=8
cd "$work" || exit 1
"$hosts" up 4 >/dev/null </dev/null || exit

said() { grep -q "^cohort-farm: $1" err; }
one_run() { # one_run NAME
  check "$1: the status" is "$status" 0
  check "$1: each result once" each_once
  nothing_left 30
  echo "$1: ended after $whole s; $(grep -o 'lost: .* run again' err)"
}

write_long_tasks
begin_farm
check 'killed: it begins' within 30 has_ended 100
signal_ranks KILL 1 4
end_farm
check 'killed: replaced on this host' said 'rank [89] on node1 takes the place of rank 1$'
check 'killed: replaced on another' said 'rank [89] on node3 takes the place of rank 4$'
check 'killed: in the summary' grep -q 'lost: 2 ranks (2 replaced), ' err
check 'killed: they work' is "$(grep -Ec '^ +[89]  node[13] +[1-9][0-9]*  ' err)" 2
one_run killed

for fault in host_crashed daemon_killed; do
  rm -rf journal
  write_long_tasks
  begin_farm
  check "$fault: it begins" within 30 has_ended 100
  hurt "$fault"
  sleep 2
  signal_ranks KILL 2
  end_farm
  check "$fault: said" said 'lost ranks are not replaced from now on: node3 may be lost as a whole, '
  check "$fault: none comes" is "$(grep -c 'takes the place' err)" 0
  one_run "$fault"
  "$hosts" up >/dev/null
done
finish
