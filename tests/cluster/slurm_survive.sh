#!/usr/bin/env bash
# slurm_survive.sh BUILD SURVIVOR BED: cohort-run --fault-tolerant in Slurm jobs that are submitted with --no-kill. A farm loses a
# rank, and replaces it; of the others one loses a rank, one a daemon of Open MPI's, the last a host; each completes.
. "$(dirname "$0")/check.sh"
. "$here/job.sh"
. "$here/losses.sh"
. "$here/farm_losses.sh"
build=$1 survivor=$2 first_host=1 program=survivor
export COHORT_BED=$3
cd "$work" || exit 1
"$slurm" up 4 >/dev/null </dev/null || exit
trap '"$hosts" down >/dev/null; rm -rf "$work"' EXIT

lose() { # lose FAULT RANKS: so many are lost
  local job
  job=$(submit --no-kill -N 4 --ntasks-per-node=2 --output 'job.%j.out' \
    --wrap "$build/apps/run/cohort-run --fault-tolerant $survivor 320 100")
  check "$1: it begins" within 60 runs_rank 7
  sleep 1
  hurt "$1"
  check "$1: it completes" completed "$job" 100
  echo "$1: ended $(seconds_since "$hurt_at") s later; $(grep tasks "job.$job.out")"
  check "$1: what was lost" is "$(sed -n 's/^320 of 320 tasks, \(.*\) ranks lost.*/\1/p' "job.$job.out")" "$2"
  nothing_left 30
}
# In a job cohort-farm replaces a rank, in the slot of the lost one.
replace() {
  local job
  program=cohort-farm
  write_long_tasks
  : >out
  job=$(submit --no-kill -N 4 --ntasks-per-node=2 --output 'job.%j.out' --error err \
    --wrap "$build/apps/run/cohort-run --fault-tolerant $build/apps/farm/cohort-farm --journal journal tasks >out")
  check 'a farm: it begins' within 60 has_ended 100
  signal_ranks KILL 4
  check 'a farm: it completes' completed "$job" 100
  cat out >>all_out
  check 'a farm: each result once' each_once
  check 'a farm: replaced' grep -q '^cohort-farm: rank 8 on node3 takes the place of rank 4$' err
  nothing_left 30
  program=survivor
}
replace
lose none 0
lose rank_killed 1
lose daemon_killed 2
lose host_crashed 2
finish
