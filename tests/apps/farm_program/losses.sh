#!/bin/bash
# losses.sh COHORT_RUN FARM: cohort-farm that loses ranks. Every check names itself when it fails; the exit status is the
# number of failures.
set -u
. "$(dirname "$0")/../../support/checks.sh"
run=$1 farm=$2
cd "$work" || exit 1
mark=7531$$ # in the command lines of this run's ranks, and at the end of its sleeps

# start N OPTION...: a farm of N ranks, in the background. Its ranks leave their numbers in ranks/.
start() {
  local n=$1
  shift
  rm -rf ranks out err log
  "$run" --fault-tolerant -n "$n" sh -c 'mkdir -p ranks && echo $$ >ranks/$OMPI_COMM_WORLD_RANK && exec "$@"' "$mark" \
    "$farm" --joblog log "$@" >out 2>err </dev/null &
  pid=$!
}
finish() { wait "$pid"; status=$?; }
rank() { cat "ranks/$1"; }
within() { # within SECONDS COMMAND...: until it succeeds
  local i most=$(($1 * 20))
  shift
  for ((i = 0; i < most; ++i)); do "$@" && return 0; sleep 0.05; done
  return 1
}
has_printed() { [ "$(wc -l <out 2>/dev/null || echo 0)" -ge "$1" ]; }
# every task has printed its number once, and is in the log once, as done.
each_once() { # each_once NAME N
  check "$1: each result once" is "$(sort -n out | tr '\n' ' ')" "$(seq "$2" | tr '\n' ' ')"
  check "$1: each logged once" is "$(tail -n +2 log | cut -f1,7,8 | sort -n | tr '\t\n' ', ')" "$(seq "$2" | sed 's/$/,0,0/' | tr '\n' ' ')"
}
running() { pgrep -f "[0-9]\.$mark\$"; }
nothing_runs() { ! running >/dev/null; }
# shellcheck disable=SC2046
no_rank_left() { ! kill -0 $(cat ranks/*) 2>/dev/null; }
nothing_left() {
  check "$1: no command is left" within 10 nothing_runs
  check "$1: no rank is left" within 10 no_rank_left
}
tasks() { seq "$1" | sed "s/.*/sleep 0.1$mark; echo &/"; }

# Ranks that are killed, that crash, that are stopped.
for signal in KILL SEGV STOP; do
  tasks 120 >tasks
  start 4 -j 2 tasks
  check "$signal: it begins" within 30 has_printed 10
  kill -s $signal "$(rank 2)"
  finish
  check "$signal: succeeds" is $status 0
  each_once $signal 120
  check "$signal: said once" is "$(grep -c '^cohort-farm: rank 2 on [^ ]* is lost (it has said nothing for [0-9.]* s); task' err)" 1
  check "$signal: in the summary" grep -q '120 of 120 tasks done, 0 failed, lost: 1 rank\( (1 replaced)\)*, [0-9]* tasks* run again;' err
  nothing_left $signal
done

# All but rank 0, whose own tasks go on.
tasks 120 >tasks
start 4 -j 2 -k tasks
check 'three of four: it begins' within 30 has_printed 10
kill -s KILL "$(rank 1)" "$(rank 2)" "$(rank 3)"
finish
check 'three of four: succeeds' is $status 0
check 'three of four: in order' is "$(tr '\n' ' ' <out)" "$(seq 120 | tr '\n' ' ')"
check 'three of four: in the summary' grep -q 'lost: 3 ranks\( ([123] replaced)\)*, ' err
nothing_left 'three of four'

# A rank that is stopped, given up and goes on: what it then does counts for nothing, nor do its result files.
seq 60 | sed "s/.*/sleep 0.3$mark; echo &/" >tasks
rm -rf results
start 3 -j 2 --results results tasks
within 30 sh -c '[ "$(ls results/*/status 2>/dev/null | wc -l)" -ge 6 ]'
kill -s STOP "$(rank 1)"
within 20 grep -q 'rank 1 on [^ ]* is lost' err
kill -s CONT "$(rank 1)"
finish
check 'it comes back: succeeds' is $status 0
check 'it comes back: each result' is "$(for i in $(seq 60); do cat "results/$i/stdout"; done | tr '\n' ' ')" "$(seq 60 | tr '\n' ' ')"
check 'it comes back: each status' is "$(cat results/*/status | grep -c '^exitval	0$')" 60
nothing_left 'it comes back'

# The commands of a killed rank end with it, whatever processes they have.
printf 'sh -c "sleep 300.%s; true"; true\n' $mark $mark $mark >tasks
start 2 -j 2 tasks
check 'guarded: it begins' within 30 sh -c "[ \$(pgrep -fx 'sleep 300.$mark' | wc -l) = 3 ]"
kill -s KILL "$(rank 1)"
check 'guarded: they end' within 3 sh -c "[ \$(pgrep -fx 'sleep 300.$mark' | wc -l) -lt 3 ]"
kill -s TERM "$pid"
finish
check 'guarded: interrupted' [ $status != 0 ]
nothing_left guarded

# An output that its rank keeps is lost with it, and that is told.
{ echo 'sleep 2'; seq 2 40 | sed "s/.*/head -c 1000000 \/dev\/zero | tr '\\\\0' x; echo/"; } >tasks
start 3 -k tasks
within 30 sh -c '[ -s log ]'
sleep 1
kill -s KILL "$(rank 1)" "$(rank 2)"
finish
told=$(grep -c 'the output of task [0-9]* is lost with rank' err)
check 'kept outputs: told' [ "$told" -gt 0 ]
check 'kept outputs: in the status' is $status "$told"
check 'kept outputs: the others' is "$(tail -n +2 log | wc -l)" $((40 - told))

# A job that helps a farm loses a rank: its others go on, and the farm hears nothing of it.
tasks 200 >tasks
"$farm" --journal run --joblog log tasks >out 2>err </dev/null &
farm_pid=$!
rm -rf ranks
# shellcheck disable=SC2016
"$run" --fault-tolerant -n 3 sh -c 'mkdir -p ranks && echo $$ >ranks/$OMPI_COMM_WORLD_RANK && exec "$@"' "$mark" \
  "$farm" --join run >joined 2>joiner </dev/null &
pid=$!
check 'joined: it begins' within 30 grep -q 'has joined as rank 1' err
sleep 1
kill -s KILL "$(rank 2)"
finish
check 'joined: it goes on' is $status 0
check 'joined: said once' is "$(grep -c '^cohort-farm: rank 2 on [^ ]* is lost (it has said nothing for [0-9.]* s); task' joiner)" 1
wait "$farm_pid"
check 'joined: the farm succeeds' is $? 0
each_once joined 200
check 'joined: the farm has lost nobody' grep -q '200 of 200 tasks done, 0 failed; ' err
nothing_left joined

# Not without a launcher that goes on.
"$farm" --fault-tolerant --version >/dev/null; check 'alone' is $? 0
mpirun --oversubscribe -n 2 "$farm" --fault-tolerant tasks >out 2>err </dev/null
check 'a launcher that ends all' is $? 255
check 'a launcher that ends all, said' grep -q 'start it by cohort-run --fault-tolerant' err
exit "$failures"
