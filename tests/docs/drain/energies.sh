#!/bin/bash
# energies.sh RANKS PROGRAM MPIRUN...: a program that drains is told to wind up by SIGUSR1, to mpirun or to one of its ranks,
# and started again as long as it returns 75: no task runs twice.
set -u
ranks=$1 program=$2
shift 2
# shellcheck source=tests/support/checks.sh
. "$(dirname "$0")/../../support/checks.sh"
cd "$work" || exit 1
ran() { cat ran 2>/dev/null | wc -c; }
for round in all one; do
  want=$(($(ran) + ranks))
  "$@" "$ranks" "$program" >out 2>err </dev/null &
  pid=$!
  for _ in $(seq 2000); do [ "$(ran)" -ge $want ] && break; sleep 0.01; done
  to=$pid
  [ $round = all ] || to=$(pgrep -P $pid | tail -n 1)
  kill -USR1 "${to:-$pid}"
  wait $pid
  check "$round: the status" is $? 75
  check "$round: nothing is printed" [ ! -s out ]
  check "$round: says why" grep -q 'cohort: executor: nothing more is begun: SIGUSR1 came to rank [0-9]* (.*)' err
  check "$round: says what is left" grep -q 'not run to the end (.*): task [0-9]*.* and [0-9]* more; start the program again with the same journal' err
  check "$round: is not at its end" [ "$(ran)" -lt 100 ]
done
"$@" "$ranks" "$program" >out 2>err </dev/null
check 'the last status' is $? 0
check 'the sum' is "$(cat out)" 34950
check 'each task has run once' is "$(ran)" 100
exit $failures
