#!/bin/bash
# journal.sh RANKS PROGRAM ENDS MPIRUN...: cohort-farm --journal, under MPIRUN RANKS (or alone, if RANKS is 0): killed at any
# moment, and whatever else may be wrong with a journal. ENDS JOURNAL prints what is in it.
set -u
ranks=$1 program=$2 ends=$3
shift 3
# shellcheck source=tests/support/checks.sh
. "$(dirname "$0")/../../support/checks.sh"
farm=("$program")
[ "$ranks" = 0 ] || farm=("$@" "$ranks" "$program")
cd "$work" || exit 1
mark=run.$$ # in the command line of our farms alone
run() { at_once "${farm[@]}" "$@" >out 2>err </dev/null; status=$?; } # run OPTION...: output in out, messages in err
seqs() { "$ends" "$1/journal" | cut -d ' ' -f 1 | sort -n; }
says() { grep -q -- "$1" err; }
refused() { # refused NAME MESSAGE: the last run was, with that message
  check "$1: status" is $status 255
  check "$1: message" says "$2"
}
gone() { # until no farm of ours is left
  for _ in $(seq 400); do
    pgrep -f "[-]-journal $mark" >/dev/null || return 0
    sleep 0.05
  done
  fail 'a killed farm is still there'
}

# Each end is there once, with what is known of it; and the journal is not begun anew.
{ seq -f 'echo %g' 20; echo 'exit 3'; echo 'kill -SEGV $$'; echo 'head -c 5000 /dev/zero'; } >tasks
run --journal first tasks
check 'as many as failed' is $status 2
check 'each once' is "$(seqs first)" "$(seq 23)"
check 'exit status and signal' is "$("$ends" first/journal | sort -n | awk '$2 || $3 {print $1, $2, $3}' | tr '\n' ';')" '21 3 0;22 0 11;'
check 'bytes' is "$("$ends" first/journal | awk '$1 == 23 {print $4}')" 5000
check 'no holder is left' [ ! -e first/journal.holder ]
cp first/journal before
run --journal first tasks
refused 'an existing journal' 'has the ends of 23 tasks already (of an earlier run); add --resume'
check 'which is left alone' cmp before first/journal

# --resume runs what has no end, --resume-failed also what failed.
run --journal first --resume tasks
check 'nothing to do' is "$status $(cat out)" '2 '
check 'nothing more' is "$(seqs first)" "$(seq 23)"
run --journal first --resume-failed --dry-run tasks
check 'dry run' is "$(cat out)" "$(sed -n '21,22p' tasks)"
run --journal first --resume-failed tasks
check 'failed ones again' is "$status $(seqs first | wc -l)" '2 25'
run --journal nothing --resume --dry-run tasks
check 'a dry run makes nothing' is "$(cat out):$(ls nothing 2>&1 | wc -l)" "$(cat tasks):1"

# What cannot be.
{ cat tasks; echo true; } >others
cp first/journal before
run --journal first --resume others
refused 'another list' 'belongs to another list than others'
(echo; echo '# the same'; cat tasks) >same
run --journal first --resume same
check 'comments do not count' is $status 2
cmp -s before first/journal || cp first/journal before
run --journal /nonexistent/here tasks
refused 'no such place' 'make the one that it is to lie in first'
run --journal tasks tasks
refused 'a file instead of a directory' 'cannot open the journal tasks/journal (Not a directory)'
mkdir -p folder/journal
run --journal folder tasks
refused 'a directory instead of a file' 'Is a directory'
mkdir other && echo 'some text' >other/journal
run --journal other tasks
refused 'another file' 'is no journal'
check 'left alone' is "$(cat other/journal)" 'some text'
{ head -c 100 before; printf 'X'; tail -c +102 before; } >first/journal
run --journal first --resume tasks
refused 'damage' 'is damaged at byte 64'
{ head -c 100 before; printf 'X'; tail -c +102 before; } >bad
check 'damage is left alone' cmp bad first/journal
head -c -5 before >first/journal
run --journal first --resume tasks
check 'a torn end is not' is $status 2
run --resume tasks
refused 'resume of nothing' 'add --joblog FILE or --journal DIR'

# A file that may not grow: an error, and nothing is damaged.
yes 'while [ ! -e limited ]; do sleep 0.02; done' | head -n 200 >tasks
"${farm[@]}" --journal small tasks >out 2>err </dev/null &
pid=$!
for _ in $(seq 400); do [ -s small/journal.holder ] && break; sleep 0.05; done
prlimit --fsize=8000:8000 --pid "$(sed -n 's/^process \([0-9]*\) on .*/\1/p' small/journal.holder)"
touch limited
wait $pid
status=$?
refused 'no room' 'File too large); make room'
check 'no room: some are there' [ "$(seqs small | wc -l)" -gt 20 ]
check 'no room: not all' [ "$(seqs small | wc -l)" -lt 200 ]
run --journal small --resume tasks
check 'room again' is "$status:$(seqs small)" "0:$(seq 200)"

# Together with a log: what one has, both have.
seq -f 'echo %g' 30 >tasks
run --journal both --joblog log tasks
check 'both' is "$status:$(tail -n +2 log | cut -f 1 | sort -n)" "0:$(seq 30)"
head -n 20 log >shorter
cp shorter log
run --journal both --joblog log --resume tasks
check 'the log gets what the journal has' is "$status:$(cat out):$(tail -n +2 log | cut -f 1 | sort -n)" "0::$(seq 30)"
run --journal new --joblog shorter --resume tasks
check 'and the journal what the log has' is "$status:$(wc -l <out):$(seqs new)" "0:11:$(seq 30)"

# One farm at a time.
{ echo 'touch begun; while [ ! -e go-on ]; do sleep 0.05; done'; seq -f 'echo %g' 5; } >tasks
"${farm[@]}" --journal shared tasks >out1 2>err1 </dev/null &
first=$!
for _ in $(seq 400); do [ -e begun ] && break; sleep 0.05; done
run --journal shared --resume tasks
refused 'a second farm' "is in use (process [0-9]* on $(uname -n) writes to it)"
touch go-on
wait $first
check 'the first is not disturbed' is "$?:$(seqs shared)" "0:$(seq 6)"

# Killed: everything, rank 0 alone, mpirun alone, again and again; then to the end.
for i in $(seq 60); do echo "echo $i >>done.$i; sleep 0.0$((i % 7)); echo $i"; done >tasks
: >all
for round in 1 2 3; do
  setsid "${farm[@]}" --journal "$mark" --resume tasks >out 2>err </dev/null &
  pid=$!
  want=$(($(seqs "$mark" 2>/dev/null | wc -l) + 2))
  for _ in $(seq 400); do [ "$(seqs "$mark" 2>/dev/null | wc -l)" -ge $want ] && break; sleep 0.02; done
  sleep 0.0$((RANDOM % 90 + 10))
  case $round in
    1) pkill -KILL -s $pid ;;
    2) kill -KILL "$(sed -n 's/^process \([0-9]*\) on .*/\1/p' "$mark/journal.holder")" ;; # rank 0
    3) kill -KILL $pid ;;
  esac
  wait $pid 2>/dev/null
  gone
  cat out >>all
  check "round $round: got on" [ "$(seqs "$mark" | wc -l)" -ge $want ]
  check "round $round: no end twice" is "$(seqs "$mark" | uniq -d)" ''
done
cp "$mark/journal" killed
run --journal "$mark" --resume tasks
cat out >>all
check 'to the end' is $status 0
check 'each ended once' is "$(seqs "$mark")" "$(seq 60)"
check 'each has run' is "$(ls done.* | wc -l)" 60
# What mpirun had in its hands when it was killed nobody gets; alone a farm writes itself.
[ "$ranks" != 0 ] || check 'each was printed' is "$(sort -nu all)" "$(seq 60)"
run --journal "$mark" --resume tasks
check 'nothing is left' is "$status:$(cat out)" 0:

exit $failures
