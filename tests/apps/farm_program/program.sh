#!/bin/bash
# program.sh RANKS PROGRAM SANITIZED MPIRUN...: cohort-farm as users run it, under MPIRUN RANKS (or alone, if RANKS is 0).
# Every check names itself when it fails; the exit status is the number of failures.
set -u
. "$(dirname "$0")/../../support/checks.sh"
ranks=$1 program=$2 sanitized=$3
shift 3
farm=("$program")
[ "$ranks" = 0 ] || farm=("$@" "$ranks" "$program")
cd "$work" || exit 1
mark=8642$$  # ends the numbers in this run's sleeps: other runs of this script are not ours to look for
# What a rank does by itself, and what all say alike, is looked at alone and with ranks to spare, and not at each number of them.
thorough=0
case $ranks in 0 | 3) thorough=1 ;; esac
run() { at_once "${farm[@]}" "$@" >out 2>err </dev/null; status=$?; } # run OPTION...: output in out, messages in err
field() { awk -F '\t' -v seq="$1" -v n="$2" '$1 == seq {print $n}' "${3:-log}"; } # field SEQ N: of the log

# Every line runs once; outputs are in order with -k; blank lines and comments do not count.
{ echo '# a comment'; seq -f 'echo %g' 100; echo; echo 'echo $PARALLEL_SEQ'; } >tasks
run -k --joblog log tasks
check 'all succeed' is $status 0
check 'in order' is "$(cat out)" "$(seq 101)"
check 'each logged once' is "$(tail -n +2 log | cut -f1 | sort -n)" "$(seq 101)"
check 'a summary' grep -q '101 of 101 tasks done, 0 failed' err
run tasks
check 'as they come' is "$(sort -n out)" "$(seq 101)"

# Failing, crashing, hanging, chatty and binary commands: statuses, log and outputs.
cat >tasks <<EOF
exit 3
kill -SEGV \$\$
sleep 600.$mark
yes 0123456789abcdef | head -c 20000000
head -c 300000 /bin/sh
head -c 5000 /bin/sh
no-such-command-anywhere
echo to stderr >&2
true
EOF
run -k --timeout 2 --joblog log tasks
check 'as many as failed' is $status 4
check 'exit status' is "$(field 1 7)" 3
check 'signal' is "$(field 2 8)" 11
check 'timeout' is "$(field 3 7):$(field 3 8)" -1:15
check 'bytes' is "$(field 4 6)" 20000000
check 'not found' is "$(field 7 7)" 127
check 'success' is "$(field 9 7)" 0
{ yes 0123456789abcdef | head -c 20000000; head -c 300000 /bin/sh; head -c 5000 /bin/sh; } >want
check 'output to the byte' cmp -s out want
check 'standard error too' grep -q 'to stderr' err
check 'the hanging one is gone' is "$(pgrep -f "^sleep 600.$mark\$")" ''

# Bounded memory: 100 MB of output, and the rank that ran it stays small.
if [ "$sanitized" = OFF ] && [ "$ranks" -le 1 ]; then
  { echo 'head -c 100000000 /dev/zero'; echo 'sleep 1; awk "/VmHWM/ {print \$2}" /proc/$PPID/status'; } >tasks
  "${farm[@]}" -k tasks 2>err </dev/null | tail -c 20 | tr -d '\0' >out
  check 'less than 64 MB' [ "$(cat out)" -lt 65536 ]
fi

# Lines of one task are never mixed with another's.
for i in $(seq 12); do echo "echo $i a; sleep 0.02; echo $i b >&2; echo $i c; sleep 0.02; echo $i d"; done >tasks
run tasks
check 'unmixed' is "$(awk '{if ($2 == "a") want = $1; if ($1 != want) bad = 1} END {print bad + 0, NR}' out)" '0 36'

# More than a hundred failures; from standard input.
yes false | head -n 150 | at_once "${farm[@]}" - >out 2>err
check '101 for many' is $? 101

# Retries: every attempt is told, the last counts.
echo 'echo $COHORT_ATTEMPT >> attempts; [ $COHORT_ATTEMPT = 3 ]' >tasks
run --retries 3 tasks
check 'third time lucky' is "$status $(cat attempts | tr '\n' ' ')" '0 1 2 3 '
check 'retries in the summary' grep -q '2 retried' err

# Results in files.
printf 'echo out; echo err >&2; exit 5\ntrue\n' >tasks
run --results results tasks
check 'results' is "$status $(cat results/1/stdout results/1/stderr | tr '\n' ' ')" '1 out err '
check 'results: status' grep -qx 'exitval.5' results/1/status
check 'results: not printed' [ ! -s out ]

# --halt, --dry-run.
for i in $(seq 30); do echo "sleep 0.1; exit 1"; done >tasks
run --halt soon,fail=2 --joblog log tasks
check 'halt soon' [ "$(tail -n +2 log | wc -l)" -lt 30 ]
check 'halt: not 0' [ $status -ne 0 ]
run --dry-run tasks
check 'dry run' cmp -s out tasks

# Killed outright, then resumed: what has no line in the log runs again, nothing else does.
for i in $(seq 60); do echo "echo $i >> done.$i; sleep 0.05; echo $i"; done >tasks
rm -f log
setsid "${farm[@]}" --joblog log tasks >out1 2>err </dev/null &
pid=$!
for _ in $(seq 200); do [ -f log ] && [ "$(wc -l <log)" -gt 5 ] && break; sleep 0.05; done
pkill -KILL -s $pid
wait $pid 2>/dev/null
sleep 0.3
cp log log1
run --joblog log --resume tasks
check 'resume ends well' is $status 0
check 'resume: whole log, each once' is "$(tail -n +2 log | cut -f1 | sort -n | uniq)" "$(seq 60)"
check 'resume: no line twice' is "$(tail -n +2 log | cut -f1 | sort -n | uniq -d)" ''
check 'resume: printed what was not logged' is "$(sort -n out)" \
  "$(comm -13 <(tail -n +2 log1 | cut -f1 | sort) <(seq 60 | sort) | sort -n)"
run --joblog log --resume tasks
check 'resume of what is done' is "$status $(cat out)" '0 '
if command -v parallel >/dev/null; then
  check 'GNU parallel accepts the log' is "$(parallel --resume --joblog log <tasks 2>/dev/null)" ''
fi

# Ctrl-C: children end, the log is whole, the way to go on is said.
for i in $(seq 200); do echo "sleep 0.$((20 + i % 10))$mark; echo $i"; done >tasks
rm -f log
# (The shell has what runs in the background ignore SIGINT, and a program leaves that alone.)
setsid env --default-signal=INT "${farm[@]}" --joblog log tasks >out 2>err </dev/null &
pid=$!
for _ in $(seq 200); do [ -f log ] && [ "$(wc -l <log)" -gt 2 ] && break; sleep 0.05; done
kill -INT $pid
wait $pid
check 'Ctrl-C: status' [ $? -ne 0 ]
check 'Ctrl-C: how to go on' grep -q 'with --resume --joblog log' err
check 'Ctrl-C: nobody left' is "$(pgrep -f "^sleep 0\.[0-9]*$mark\$")" ''
check 'Ctrl-C: what was printed is logged' is "$(sort -n out)" "$(tail -n +2 log | cut -f1 | sort -n)"

# A rank alone that is told to end hands its tasks to the others, and no attempt is lost by it.
if [ "$ranks" -ge 2 ]; then
  yes 'echo $PPID >pid.$COHORT_RANK; sleep 0.1; echo $COHORT_ATTEMPT' | head -n 30 >tasks
  rm -f log pid.*
  timeout 60 "${farm[@]}" --joblog log tasks >out 2>err </dev/null &
  pid=$!
  for _ in $(seq 200); do [ -s pid.1 ] && break; sleep 0.05; done
  kill -TERM "$(cat pid.1)"
  wait $pid
  check 'told to end: status' is $? 0
  check 'told to end: all done, once' is "$(tail -n +2 log | cut -f1,7,8 | sort -n)" "$(seq -f "%g"$'\t0\t0' 30)"
  check 'told to end: no attempt lost' is "$(sort -u out)" 1
fi

# What ends by itself just when its time is over is heard of all the same.
if [ $thorough = 1 ]; then
  yes 'sleep 0.5' | head -n 20 >tasks
  for more in 1 3; do
    at_once timeout 60 "${farm[@]}" -j 10 --timeout 0.50$more --joblog log tasks >out 2>err </dev/null
    check 'at its timeout: ends' [ $? -lt 100 ]
    check 'at its timeout: each logged once' is "$(tail -n +2 log | cut -f1 | sort -n)" "$(seq 20)"
  done
fi

# In order, with a timeout, ended early.
printf '%s\n' 'sleep .1' 'sleep .1' 'sleep .7; false' 'sleep .7' 'sleep .05' 'sleep 100' true true >tasks
at_once timeout 60 "${farm[@]}" -k --timeout 1 --halt soon,fail=1 --joblog log tasks >out 2>err </dev/null
check 'halt with a timeout, in order' is $? 1

# The first attempt is the first, though a task may have waited elsewhere.
{ yes 'echo $COHORT_ATTEMPT' | head -n 10; echo 'sleep 0.4'; yes 'echo $COHORT_ATTEMPT' | head -n 40; } >tasks
run --retries 2 tasks
check 'first attempts' is "$(sort -u out)" 1

# --halt returns a command's status, but for those that would mean something else.
for status_of_command in 3 75 111; do
  echo "exit $status_of_command" >tasks
  run --halt now,fail=1 tasks
  check "halt: $status_of_command" is $status $((status_of_command + (status_of_command > 3)))
done

# --halt starts nothing more, and leaves nothing undone with status 0.
{ yes true | head -n 8; echo false; yes 'touch begun' | head -n 20; } >tasks
run --halt soon,fail=1 tasks
[ "$ranks" -ge 2 ] || check 'halt: nothing new' [ ! -e begun ]
if [ "$ranks" = 0 ]; then  # (mpirun takes a second or two for a status other than 0)
  run --halt now,done=2 tasks
  check 'halt: done, but not all' is $status 101
  run --halt now,fail=100% tasks
  check 'halt: per cent, though not reached' is $status 4
fi

# Earlier failures are told, and count.
printf 'true\nfalse\nfalse\n' >tasks
rm -f log
run --joblog log --resume --dry-run tasks
check 'a dry run makes no log' [ ! -e log ]
if [ "$ranks" = 0 ]; then
  run --joblog log tasks
  run --joblog log --resume tasks
  check 'resume: earlier failures' is "$status:$(grep -c '3 in earlier runs, 2 of them failed; --resume-failed' err)" 2:1
fi

# Running is what runs.
yes 'sleep 0.1' | head -n $((10 * (ranks + 1))) >tasks
run --progress -j 2 tasks
most=$((ranks > 0 ? 2 * ranks : 2))
check 'progress: running' is "$(tr '\r' '\n' <err | sed -n 's/.* \([0-9]*\) running.*/\1/p' | awk -v m=$most '$1 > m' | head -n 1)" ''

# Nobody may read what we say, or what the tasks do.
if [ "$ranks" = 0 ]; then
  printf 'true\nfalse\nfalse\n' >tasks
  "$program" tasks 2>/dev/full
  check 'standard error full' is $? 2
  "$program" tasks 2>&-
  check 'standard error closed' is $? 2
  for i in 1 2 3; do echo "sleep 0.3; echo $i"; done >tasks
  { "$program" --joblog log -j 3 tasks 2>err; echo $? >status; } | true
  check 'nobody reads: status' [ "$(cat status)" -ge 1 ]
  check 'nobody reads: nothing logged' is "$(tail -n +2 log)" ''
  echo 'printf unfinished' >tasks
  "$program" tasks >both 2>&1
  check 'a summary on its own line' grep -q '^cohort-farm: 1 of 1' both
  if [ "$(nproc)" -gt 1 ]; then
    first=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')
    echo 'taskset -cp $$ | sed "s/.*: //"' >tasks
    check 'CPUs for many' is "$(taskset -c "$first" "$program" -j 2 tasks 2>err)" "$(taskset -cp $$ | sed 's/.*: //')"
    check 'CPUs for one' is "$(taskset -c "$first" "$program" tasks 2>err)" "$first"
  fi
fi

# Where a result cannot be written the run ends, and the task has not: --resume does it.
seq 8 | sed 's/.*/echo &/' >tasks
rm -rf results journal; mkdir results; : >results/5
run --journal journal --results results tasks
check 'a result that cannot be written' is "$status $(grep -c 'the result of task 5, on .*: cannot write .*results/5' err)" '255 1'
rm results/5
run --journal journal --resume --results results tasks
check 'a result that could not be written: the rest' is "$status $(cat results/*/stdout | sort -n | tr '\n' ' ')" '0 1 2 3 4 5 6 7 8 '
rm -rf results journal

# Bad input: a message, status 255, and no rank left waiting.
run no-such-file
check 'no such file' is "$status:$(grep -c 'no-such-file' err)" 255:1
if [ $thorough = 1 ]; then
  run --timeout soon tasks
  check 'bad option' is "$status:$(grep -c -- '--timeout' err)" 255:1
  run --resume tasks
  check 'resume without a log' is $status 255
  run --results tasks/below tasks
  check 'unwritable results' is "$status:$(grep -c 'tasks/below' err)" 255:1
  run --joblog /nonexistent/log tasks
  check 'unwritable log' is $status 255
  run --help
  check 'help' grep -q -- '--keep-order' out
fi

[ "$failures" = 0 ] && echo 'all as expected'
exit "$failures"
