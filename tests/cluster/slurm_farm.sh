#!/usr/bin/env bash
# slurm_farm.sh BUILD: a farm that hits its time limit is signalled, goes back into the queue, and completes in its second
# life: every task once. One in which no task ends within its time does not begin for ever.
. "$(dirname "$0")/check.sh"
. "$here/job.sh"
export COHORT_FARM=$1/apps/farm/cohort-farm COHORT_RUN=$1/apps/run/cohort-run
farm=$root/hostfiles/slurm/farm.sbatch
cd "$work" || exit 1
"$slurm" up 4 >/dev/null </dev/null || exit

# The least limit is a minute, and Slurm looks at it twice a minute: told to give its signal 25 s before, it does so when the
# job is between 5 and 35 s old. In its first life no farm of 200 tasks of a second is done by then.
# shellcheck disable=SC2016
seq 200 | sed 's/.*/[ "${SLURM_RESTART_COUNT:-0}" != 0 ] || sleep 1; echo &/' >tasks
# shellcheck disable=SC2016
echo '[ "${SLURM_RESTART_COUNT:-0}" != 0 ] && exit 0; sleep 1000' >endless
limit=(--time=1 --signal=B:USR1@25 --ntasks-per-node=2)
twice=$(submit -N 2 "${limit[@]}" "$farm" tasks)
never=$(submit -N 1 "${limit[@]}" "$farm" endless)

check 'it completes' completed "$twice" 120
err=cohort-farm.$twice.err
check 'it went back into the queue once' is "$(grep -c 'the time is over; this job goes on where it stopped (life 2)' "$err")" 1
check 'the first life was cut off' grep -qE '[0-9]+ tasks were not run to their end' "$err"
check 'the second did the rest' grep -q 'tasks done, 0 failed' "$err"
check 'each task is logged once' is "$(tail -n +2 tasks.log | cut -f 1 | sort -n)" "$(seq 200)"
check 'as a success' is "$(tail -n +2 tasks.log | cut -f 7,8 | sort -u)" "$(printf '0\t0')"
check 'its output is there once' is "$(sort -n "cohort-farm.$twice.out")" "$(seq 200)"

check 'the endless one ends' within 60 ended "$never"
check 'as a failure' is "$(state_of "$never")" FAILED
check 'and says why' grep -q 'no task came to its end within' "cohort-farm.$never.err"
check 'nothing is logged of it' is "$(tail -n +2 endless.log)" ''
finish
