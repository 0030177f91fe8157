#!/usr/bin/env bash
# slurm_node_lost.sh BUILD BED: a node loses power under a farm. Slurm finds out, puts the job back into the queue, and it
# completes on the nodes that are left: every task is logged once.
. "$(dirname "$0")/check.sh"
. "$here/job.sh"
export COHORT_FARM=$1/apps/farm/cohort-farm COHORT_RUN=$1/apps/run/cohort-run COHORT_BED=$2
cd "$work" || exit 1
"$slurm" up 3 >/dev/null </dev/null || exit
trap '"$hosts" down >/dev/null; rm -rf "$work"' EXIT

# shellcheck disable=SC2016
seq 100 | sed 's/.*/[ "${SLURM_RESTART_COUNT:-0}" != 0 ] || sleep 3; echo &/' >tasks
job=$(submit -N 2 "$root/hostfiles/slurm/farm.sbatch" tasks)
some_ended() { [ "$(cut -f 2 tasks.log 2>/dev/null | sort -u | grep -c node)" = 2 ]; }
check 'both nodes work' within 60 some_ended
check 'a node is lost' "$hosts" kill node2 # the batch script is on node1
check 'the job completes all the same' completed "$job" 150
check 'on the nodes that are left' is "$("$slurm" run squeue -h -t all -j "$job" -o %N)" 'node[1,3]'
check 'the node is known as lost' grep -q '^node2 down' <("$slurm" run sinfo -h -N -o '%N %T')
check 'each task is logged once' is "$(tail -n +2 tasks.log | cut -f 1 | sort -n)" "$(seq 100)"
check 'as a success' is "$(tail -n +2 tasks.log | cut -f 7,8 | sort -u)" "$(printf '0\t0')"
finish
