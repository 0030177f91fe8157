#!/bin/bash
# executor_journal.sh RANKS PROGRAM MPIRUN...: a program with a journal is killed again and again, as a whole, and comes to its
# end all the same. PROGRAM JOURNAL FOLDER runs 60 tasks, each of which makes a file in FOLDER, and prints how many had
# results, and the sum of all.
set -u
ranks=$1 program=$2
shift 2
# shellcheck source=tests/support/checks.sh
. "$(dirname "$0")/../support/checks.sh"
cd "$work" || exit 1
mark=journal.$$
mkdir "made.$mark"
made() { find "made.$mark" -type f | wc -l; }
gone() {
  for _ in $(seq 400); do
    pgrep -f "[ ]$mark" >/dev/null || return 0
    sleep 0.05
  done
  fail 'a killed program is still there'
}
for round in 1 2 3; do
  want=$(($(made) + 5))
  setsid "$@" "$ranks" "$program" "$mark" "made.$mark" >out 2>err </dev/null &
  pid=$!
  for _ in $(seq 1000); do [ "$(made)" -ge $want ] || [ -s out ] && break; sleep 0.01; done
  pkill -KILL -s $pid
  wait $pid 2>/dev/null
  gone
  [ ! -s out ] || break # it was faster than we were
  check "round $round: got on" [ "$(made)" -ge $want ]
done
before=$(made)
"$@" "$ranks" "$program" "$mark" "made.$mark" >out 2>err </dev/null
check 'ends' is $? 0
check 'the sum' is "$(sed -n 's/.* sum //p' out)" 3540
reused=$(sed -n 's/^reused \([0-9]*\) .*/\1/p' out)
check 'some had results' [ "${reused:-0}" -gt 0 ]
check 'only what had run' [ "${reused:-99}" -le "$before" ]
# Each task leaves as many files as there were runs of it: those without a result have run once more, the others not.
check 'no more than that ran again' is "$(made)" "$((before + 60 - ${reused:-0}))"
"$@" "$ranks" "$program" "$mark" "made.$mark" >out 2>err </dev/null
check 'then all have' is "$(cat out)" 'reused 60 sum 3540'
exit $failures
