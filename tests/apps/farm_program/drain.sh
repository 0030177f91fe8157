#!/bin/bash
# drain.sh RANKS PROGRAM MPIRUN...: cohort-farm winds up when its time is nearly over, when it is told to by SIGUSR1, and when
# somebody signals its tasks too. Under MPIRUN RANKS, or alone if RANKS is 0.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../../support/checks.sh"
ranks=$1 program=$2
shift 2
farm=("$program")
[ "$ranks" = 0 ] || farm=("$@" "$ranks" "$program")
slots=$((ranks > 1 ? ranks : 1))
cd "$work" || exit 1
mark=9753$$ # ends the numbers in this run's sleeps: other runs of this script are not ours to look for
run() { at_once timeout 120 "${farm[@]}" "$@" >out 2>err </dev/null; status=$?; } # output in out, messages in err
begin() { rm -f log; timeout 120 "${farm[@]}" "$@" >out 2>err </dev/null & pid=$!; }
seqs() { tail -n +2 log | cut -f 1 | sort -n; }
failures_logged() { tail -n +2 log | awk -F '\t' '$7 != 0 || $8 != 0'; }
until_exists() { for _ in $(seq 400); do [ -s "$1" ] && return; sleep 0.05; done; fail "no $1"; }
# completes NAME TASKS: resumed, all of them are done, each logged once and begun as the first attempt.
completes() {
  run --joblog log --resume tasks
  check "$1: resumed, it ends well" is $status 0
  check "$1: each task is logged once" is "$(seqs)" "$(seq "$2")"
  check "$1: none failed" is "$(failures_logged)" ''
  check "$1: nobody is left" is "$(pgrep -f "^sleep [0-9.]*$mark\$")" ''
}

# Tasks of two lengths, more than there is time for. None is begun that cannot end: those that were have ended. (On a busy machine
# one may take longer than those before it; if everything were begun, each slot would have one that has not ended, each time.)
for i in $(seq $((slots * 60))); do
  echo "[ -e fast ] && exit; echo $i >>begun; sleep 0.$((i % 2 * 5 + 1))$mark; echo $i >>ended"
done >tasks
for _ in 1 2 3; do
  rm -f log begun ended
  run --walltime 6 --reserve 2 --joblog log tasks
  [ "$(sort -n begun)" = "$(sort -n ended)" ] && break
done
check 'walltime: status' is $status 75
check 'walltime: what was begun has ended' is "$(sort -n begun)" "$(sort -n ended)"
check 'walltime: and is logged' is "$(seqs)" "$(sort -n ended)"
check 'walltime: some' [ "$(wc -l <ended)" -ge $((2 * slots)) ]
check 'walltime: it says so' grep -q 'nothing more is started: .* are left, 2 s of it in reserve, and a task takes up to [0-9.]* s' err
check 'walltime: how to go on' grep -q 'with --resume --joblog log' err
: >fast
completes walltime $((slots * 60))
rm fast

# A task that takes longer than anybody could know is stopped when the reserve begins, and uses up no retry.
rm -f tries
# shellcheck disable=SC2016
echo 'echo $COHORT_ATTEMPT >>tries; [ -e goon ] || sleep 600.'$mark >tasks
printf 'true\ntrue\n' >>tasks
rm -f log
run --walltime 3 --reserve 1 --retries 2 --joblog log tasks
check 'too long: status' is $status 75
check 'too long: it says so' grep -q 'the time is over: 1 task that runs is stopped' err
check 'too long: it is gone' is "$(pgrep -f "^sleep 600.$mark\$")" ''
check 'too long: tried once' is "$(cat tries)" 1
check 'too long: not logged as failed' is "$(failures_logged)" ''
: >goon
completes 'too long' 3

# Nothing fits, as an earlier run has learned: nothing is begun.
printf 'sleep 2\ntouch never\n' >tasks
rm -f log
run --joblog log tasks
rm -f never
awk -F '\t' '$1 != 2' log >kept && mv kept log
run --walltime 2 --reserve 1 --joblog log --resume tasks
check 'nothing fits: status' is $status 75
check 'nothing fits: it says so' grep -q 'so none fits; give it more' err
check 'nothing fits: nothing is begun' [ ! -e never ]
run --walltime none --joblog log --resume tasks
check 'nothing fits: but may be tried' is "$status" 0

# What takes no longer than the walltime ends as without.
seq 20 | sed 's/^/echo /' >tasks
run --walltime 1h -k tasks
check 'time enough' is "$status $(tail -n 1 out)" '0 20'

# SIGUSR1, to the last rank alone: what runs ends, nothing more is begun.
# shellcheck disable=SC2016
for i in $(seq $((slots * 20))); do echo 'echo $PPID >pid.$COHORT_RANK;'" [ -e fast ] && exit; sleep 0.5$mark; echo $i >>ended"; done >tasks
rm -f ended pid.*
begin --joblog log tasks
until_exists "pid.$((slots - 1))"
kill -USR1 "$(cat "pid.$((slots - 1))")"
wait $pid
check 'SIGUSR1: status' is $? 75
check 'SIGUSR1: what was begun has ended' is "$(seqs)" "$(sort -n ended)"
check 'SIGUSR1: it says so' grep -q 'nothing more is started: it was told to by SIGUSR1' err
check 'SIGUSR1: tasks remain' [ "$(wc -l <ended)" -lt $((slots * 20)) ]
: >fast
completes SIGUSR1 $((slots * 20))

# SIGUSR1 while all is running that there is: nothing remains, nothing is wrong.
# shellcheck disable=SC2016
echo 'echo $PPID >pid; sleep 1' >tasks
rm -f pid
begin --joblog log tasks
until_exists pid
kill -USR1 "$(cat pid)"
wait $pid
check 'SIGUSR1 at the end' is $? 0

# Slurm's way to end a job: all its processes are signalled, tasks before their ranks. No task has failed by that.
# shellcheck disable=SC2016
for i in $(seq $((slots * 8))); do echo 'echo $PPID >pid.$COHORT_RANK;'" [ -e goon2 ] || sleep 60$i.$mark"; done >tasks
for signal in TERM USR1; do
  rm -f pid.* goon2
  begin -j 2 --retries 2 --joblog log tasks
  for r in $(seq 0 $((slots - 1))); do until_exists "pid.$r"; done
  sleep 0.5
  : >goon2
  pkill -$signal -f "^sleep 60[0-9]*.$mark\$"
  sleep 0.1
  cat pid.* | xargs kill -$signal 2>/dev/null
  wait $pid
  status=$?
  if [ $signal = USR1 ] || [ "$ranks" = 0 ]; then # (mpirun has its own status when a rank gets SIGTERM)
    check "SIG$signal to all: status" is $status "$([ $signal = TERM ] && echo 143 || echo 75)"
  fi
  check "SIG$signal to all: no failure is logged" is "$(failures_logged)" ''
  completes "SIG$signal to all" $((slots * 8))
done
# But what dies by SIGTERM alone has.
# shellcheck disable=SC2016
printf '%s\n' 'kill -TERM $$' true >tasks
rm -f log
run --joblog log tasks
check 'SIGTERM by itself' is "$status $(failures_logged | cut -f 1,8)" "1 1"$'\t15'

# SIGTERM while it drains: what runs is stopped, and the status still says that tasks remain.
if [ "$ranks" = 0 ]; then
  yes "sleep 600.$mark" | head -n 3 >tasks
  begin --joblog log tasks
  for _ in $(seq 600); do
    if pgrep -f "^sleep 600.$mark\$" >/dev/null; then break; fi
    sleep 0.05
  done
  kill -USR1 "$(pgrep -P $pid -f -- '--joblog log tasks')"
  sleep 0.5
  kill -TERM "$(pgrep -P $pid -f -- '--joblog log tasks')"
  wait $pid
  check 'SIGTERM while it drains' is $? 75
  check 'SIGTERM while it drains: nobody is left' is "$(pgrep -f "^sleep 600.$mark\$")" ''
  run --joblog log --resume --requeue tasks
  check 'requeue outside Slurm' is "$status:$(grep -c -- '--requeue is for Slurm jobs' err)" 255:1
fi

[ "$failures" = 0 ] && echo 'all as expected'
exit "$failures"
