#!/usr/bin/env bash
# slurm_farm.sh BUILD: a farm that hits its time limit goes back into the queue, and completes in its second life: every task
# once; warned by Slurm's signal, or by nobody. One in which no task ends within its time does not begin for ever. One that does
# not look at the time is ended by Slurm, and none of its tasks has failed by that.
. "$(dirname "$0")/check.sh"
. "$here/job.sh"
export COHORT_FARM=$1/apps/farm/cohort-farm COHORT_RUN=$1/apps/run/cohort-run
farm=$root/hostfiles/slurm/farm.sbatch
cd "$work" || exit 1
"$slurm" up 4 >/dev/null </dev/null || exit

# The least limit is a minute, and Slurm looks at it twice a minute: told to give its signal 25 s before, it does so when the
# job is between 5 and 35 s old. In its first life no farm of 300 tasks of a second is done by then, nor within the minute.
for each in warned unwarned; do
  # shellcheck disable=SC2016
  seq 300 | sed 's/.*/[ "${SLURM_RESTART_COUNT:-0}" != 0 ] || { echo & >>'"$each"'.begun; sleep 1; echo & >>'"$each"'.ended; }; echo &/' >$each
done
# shellcheck disable=SC2016
echo '[ "${SLURM_RESTART_COUNT:-0}" != 0 ] && exit 0; sleep 1000' >endless
limit=(--time=1 --ntasks-per-node=2)
warned=$(submit -N 2 "${limit[@]}" --signal=B:USR1@25 "$farm" warned)
unwarned=$(submit -N 1 "${limit[@]}" "$farm" unwarned)
sed 's/.*/sleep 1.5/' unwarned >untimed
untimed=$(submit -N 1 "${limit[@]}" "$farm" untimed --walltime none)
endless=$(submit -N 1 "${limit[@]}" "$farm" endless)

# twice NAME NUMBER REASON: the job of these tasks completes in its second life.
twice() {
  local err=cohort-farm.$2.err
  check "$1: it completes" completed "$2" 150
  check "$1: it went back into the queue once" is "$(grep -c 'goes back into the queue, and goes on where it stopped (life 2)' "$err")" 1
  check "$1: it says why" grep -qE "nothing more is started: $3" "$err"
  check "$1: the first life was cut off" grep -qE '[0-9]+ tasks were not run to their end' "$err"
  check "$1: the second did the rest" grep -q '300 of 300 tasks done .*, 0 failed' "$err"
  check "$1: what was begun has ended" is "$(sort -n "$1.begun")" "$(sort -n "$1.ended")"
  check "$1: each task is logged once" is "$(tail -n +2 "$1.log" | cut -f 1 | sort -n)" "$(seq 300)"
  check "$1: as a success" is "$(tail -n +2 "$1.log" | cut -f 7,8 | sort -u)" "$(printf '0\t0')"
  check "$1: its output is there once" is "$(sort -n "cohort-farm.$2.out")" "$(seq 300)"
}
twice warned "$warned" 'it was told to by SIGUSR1'
twice unwarned "$unwarned" '.* are left, .* of it in reserve, and a task takes up to'

check 'the untimed one ends' within 120 ended "$untimed"
check 'by Slurm' is "$(state_of "$untimed")" TIMEOUT
check 'some of its tasks are done' [ "$(wc -l <untimed.log)" -gt 10 ]
check 'none has failed' is "$(tail -n +2 untimed.log | cut -f 7,8 | sort -u)" "$(printf '0\t0')"

check 'the endless one ends' within 120 ended "$endless"
check 'as a failure' is "$(state_of "$endless")" FAILED
check 'and says why' grep -q 'no task came to its end within' "cohort-farm.$endless.err"
check 'nothing is logged of it' is "$(tail -n +2 endless.log)" ''
finish
