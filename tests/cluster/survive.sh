#!/usr/bin/env bash
# survive.sh BUILD BED FAULT: a farm of 2,000 tasks on four hosts, by cohort-run --fault-tolerant, loses something in its midst, and
# in the end every task has printed its result exactly once: at once, or, if rank 0 was lost, after the same command with --resume.
. "$(dirname "$0")/check.sh"
. "$here/losses.sh"
. "$here/farm_losses.sh"
build=$(realpath "$1") fault=$3
export COHORT_BED=$2
cd "$work" || exit 1
"$hosts" up 4 >/dev/null </dev/null || exit

write_tasks 2000
begin_farm
check 'it begins' within 30 has_ended 300
hurt "$fault"
end_farm
noticed=$(sed -n 's/.*rank [0-9]* .*is lost (\(.*\)); .*/\1/p' err | paste -sd ' ')
first="$took s later, after $whole s"
case $fault in none | root_killed | mpirun_killed | run_killed | everything_killed) ;; *) check 'somebody was lost' [ -n "$noticed" ] ;; esac
case $fault in
root_killed | mpirun_killed | run_killed | everything_killed)
  expected_status=111
  case $fault in run_killed | everything_killed) expected_status=137 ;; esac
  check "the status after $fault" is "$status" "$expected_status"
  check 'not all was done' not each_result >/dev/null
  begin_farm --resume
  end_farm
  ;;
esac
check 'the status' is "$status" 0
check 'each result once' each_once
nothing_left 30
echo "$fault: noticed: $noticed; ended $first"
finish
