#!/usr/bin/env bash
# slurm_batch_host_lost.sh BUILD BED: the node that runs the batch script, cohort-run and rank 0 of a farm loses power. Slurm puts the
# job, submitted with --requeue, back into the queue, and with --resume its second life completes it: every result is there once.
. "$(dirname "$0")/check.sh"
. "$here/job.sh"
. "$here/losses.sh"
build=$(realpath "$1") program=cohort-farm
export COHORT_BED=$2
cd "$work" || exit 1
"$slurm" up 4 >/dev/null </dev/null || exit
trap '"$hosts" down >/dev/null; rm -rf "$work"' EXIT

export PATH=$build/apps/run:$build/apps/farm:$PATH
# shellcheck disable=SC2016
seq 100 | sed 's/.*/[ "${SLURM_RESTART_COUNT:-0}" != 0 ] || sleep 1; echo result &/' >tasks
# Slurm itself runs on node1.
job=$(submit --requeue --open-mode=append --exclude=node1 -N 2 --ntasks-per-node=2 --output 'job.%j.out' \
  --wrap 'cohort-run --fault-tolerant cohort-farm --journal journal --resume tasks')
some_ended() { [ "$(sort -u "job.$job.out" 2>/dev/null | grep -c result)" -ge 20 ]; }
check 'it works' within 60 some_ended
batch=$("$slurm" run squeue -h -j "$job" -o %B)
check 'the batch host is lost' "$hosts" kill "$batch"
lost_at=$(now)
check 'the job completes all the same' completed "$job" 200
took=$(seconds_since "$lost_at")
check 'in its second life' is "$("$slurm" run scontrol show job "$job" | grep -o 'Restarts=[0-9]*')" Restarts=1
check 'each result is there' is "$(grep result "job.$job.out" | sort -u | wc -l)" 100
check 'but for one once' [ "$(grep -c result "job.$job.out")" -le 101 ]
nothing_left 30
echo "completed $took s after $batch was lost"
finish
