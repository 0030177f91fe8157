#!/bin/bash
# replacements.sh COHORT_RUN FARM: cohort-farm that starts processes in the place of lost ranks. Every check names itself when it
# fails; the exit status is the number of failures.
set -u
. "$(dirname "$0")/../../support/checks.sh"
run=$1 farm=$2
cd "$work" || exit 1
mark=8642$$ # at the end of the sleeps of this run's tasks
host=$(hostname -s)

# start N OPTION...: a farm of N ranks on this host, which has as many slots, in the background. Its ranks leave their numbers in ranks/.
start() {
  local n=$1
  shift
  rm -rf ranks out err log
  # shellcheck disable=SC2016
  "$run" --fault-tolerant --host "$host:$n" -n "$n" sh -c 'mkdir -p ranks && echo $$ >ranks/$OMPI_COMM_WORLD_RANK && exec "$@"' sh \
    "$farm" --joblog "$work/log" "$@" >out 2>err </dev/null &
  pid=$!
}
finish() { wait "$pid"; status=$?; }
within() { # within SECONDS COMMAND...: until it succeeds
  local i most=$(($1 * 20))
  shift
  for ((i = 0; i < most; ++i)); do "$@" && return 0; sleep 0.05; done
  return 1
}
has_printed() { [ "$(wc -l <out 2>/dev/null || echo 0)" -ge "$1" ]; }
replacement() { pgrep -f -- "--in-place-of [0-9]* .*--joblog $work/log"; } # a lost one has ended
said() { grep -q "^cohort-farm: $1" err; }
each_once() { # each_once NAME N
  check "$1: each result once" is "$(cut -d' ' -f1 out | sort -n | tr '\n' ' ')" "$(seq "$2" | tr '\n' ' ')"
  check "$1: each logged once" is "$(tail -n +2 log | cut -f1,7,8 | sort -n | tr '\t\n' ', ')" "$(seq "$2" | sed 's/$/,0,0/' | tr '\n' ' ')"
}
nothing_runs() { ! pgrep -f "[0-9]\.$mark\$|--joblog $work/log" >/dev/null; }
tasks() { seq "$1" | sed "s/.*/sleep 0.1$mark; echo & \$COHORT_RANK/"; }

# One rank is killed: its replacement works, and is named in the summary.
tasks 320 >tasks
start 3 tasks
check 'killed: it begins' within 30 has_printed 10
kill -s KILL "$(cat ranks/1)"
finish
check 'killed: succeeds' is $status 0
each_once killed 320
check 'killed: replaced' said "rank 3 on [^ ]* takes the place of rank 1$"
check 'killed: in the summary' grep -q '320 of 320 tasks done, 0 failed, lost: 1 rank (1 replaced), [0-9]* tasks* run again;' err
check 'killed: the replacement works' grep -Eq '^ +3  [^ ]+ +[1-9][0-9]*  ' err
check 'killed: nothing is left' within 10 nothing_runs

# A replacement is replaced; one rank is lost again and again before it ends a task.
{ tasks 10; seq 11 16 | sed "s/.*/sleep 50$mark; echo &/"; } >tasks
start 2 --timeout 60 tasks
check 'again: it begins' within 30 has_printed 10
kill -s KILL "$(cat ranks/1)"
for number in 2 3 4; do
  check "again: rank $number comes" within 25 said "rank $number on [^ ]* takes the place of rank $((number - 1))$"
  kill -s KILL "$(replacement)"
done
check 'again: enough' within 20 said 'rank 4 on [^ ]* is not replaced: 3 replacements there were lost before they had ended a task$'
kill -s TERM "$pid"
finish
check 'again: nothing is left' within 10 nothing_runs

# A replacement that keeps outputs larger than a report is told to end: they are fetched, and nothing of them runs again.
# shellcheck disable=SC2016
{
  echo "sleep 12.0$mark; echo 1" # printed first, so that the others wait where they are
  seq 2 12 | sed "s/.*/echo \"& \$COHORT_RANK\" >>begun; sleep 0.3$mark; head -c 200000 \\/dev\\/zero | tr '\\\\0' x; echo & >\\&2/"
  echo "sleep 3.0$mark; echo 13"
} >tasks
rm -f begun
start 2 -k tasks
check 'kept: it begins' within 30 [ -s begun ]
kill -s KILL "$(cat ranks/1)"
before=$(wc -l <begun)
kept_some() { [ "$(wc -l <begun)" -ge $((before + 4)) ]; }
check 'kept: the replacement works' within 30 kept_some
kill -s TERM "$(replacement)"
finish
check 'kept: succeeds' is $status 0
check 'kept: all bytes, once' is "$(tr -d -c x <out | wc -c)" 2200000
check 'kept: errors, in their order' is "$(grep -E '^[0-9]+$' err | tr '\n' ' ')" "$(seq 2 12 | tr '\n' ' ')"
check 'kept: each logged once' is "$(tail -n +2 log | cut -f1,7,8 | sort -n | tr '\t\n' ', ')" "$(seq 13 | sed 's/$/,0,0/' | tr '\n' ' ')"
check 'kept: only what was cut short began twice' [ "$(cut -d' ' -f1 begun | sort | uniq -d | wc -l)" -le 3 ]
check 'kept: nothing is left' within 10 nothing_runs

# A stopped rank keeps its slot.
tasks 170 >tasks
start 2 tasks
check 'no slot: it begins' within 30 has_printed 10
kill -s STOP "$(cat ranks/1)"
finish
check 'no slot: succeeds' is $status 0
each_once 'no slot' 170
check 'no slot: said once' is "$(grep -c '^cohort-farm: no slot is free for a replacement of rank 1 on [^ ]*$' err)" 1
check 'no slot: nothing is left' within 10 nothing_runs

# Nor where nobody wants one.
tasks 120 >tasks
start 2 --no-replace tasks
check 'not wanted: it begins' within 30 has_printed 10
kill -s KILL "$(cat ranks/1)"
finish
check 'not wanted: succeeds' is $status 0
each_once 'not wanted' 120
check 'not wanted: none came' is "$(grep -c 'place' err)" 0
exit "$failures"
