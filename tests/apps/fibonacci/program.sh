#!/bin/bash
# program.sh RANKS PROGRAM BY_GMP TABLE VERSION MPIRUN...: runs PROGRAM as users do and judges what it prints.
# RANKS 0: without mpirun.
set -u
. "$(dirname "$0")/../../support/checks.sh"
ranks=$1 program=$2 by_gmp=$3 table=$4 version=$5
shift 5
if [ "$ranks" = 0 ]; then start=("$program"); else start=("$@" "$ranks" "$program"); fi
cd "$work" || exit 1

# Under AddressSanitizer: Open MPI unloads its plugins before leaks are looked for, so that what they keep can only be
# told from ours (tests/support/lsan.supp) by whole call stacks.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}${ASAN_OPTIONS:+:}fast_unwind_on_malloc=0"

# run STATUS ARG...: runs the program (input from the file "in"), its output into the files "out" and "err".
run() {
  local want=$1 got
  shift
  at_once "${start[@]}" "$@" <in >out 2>err
  got=$?
  [ "$got" = "$want" ] || fail "exit status $got, not $want: $*"
  ! grep -q 'MPI_ABORT' out err || fail "aborted: $*"
}

same() { diff "$1" "$2" || fail "$3"; }
says() { [ "$(grep -cF -- "$2" "$1")" = 1 ] || { fail "not once in $1: $2"; cat "$1"; }; }

terms=(0..12..4 10 100 1000000 99..104 100 30000 0)
: >in

run 0 "${terms[@]}"
sed '/^time: /,$d' out >shown
same "$table" shown 'the table'
says out "on $((ranks > 0 ? ranks : 1)) rank"
says out 'speed-up over one rank: '
[ ! -s err ] || fail "something on standard error: $(cat err)"

run 0 --compare "${terms[@]}"
says out '(measured: one rank alone took '
sed '/^time: /,$d' out >shown
same "$table" shown 'the table with --compare'

# Every digit, whoever computed it, whatever the format; one rank's share is longer than what rides along in a gather.
numbers=(0 1 2 3 90 100 20001 100000 5 20001 65536 300000 77)
"$by_gmp" "${numbers[@]}" >expected
run 0 --csv --full "${numbers[@]}"
same expected out 'whole values'
says err 'speed-up over one rank: '
run 0 --csv --full --compare -q "${numbers[@]}"
same expected out 'whole values, quiet'
[ ! -s err ] || fail "not quiet: $(cat err)"

run 0 --json -q 5 7
printf '%s\n' '{' '  "terms": [' '    {"n": 5, "digits": 1, "value": "5"},' '    {"n": 7, "digits": 2, "value": "13"}' \
  '  ],' '  "highest": {"n": 7, "digits": 2, "value": "13"}' '}' >expected
same expected out 'JSON'

printf '# from standard input\n3 4\n\n5..6\n' >in
"$by_gmp" 3 4 5 6 >expected
run 0 --csv -
same expected out 'standard input'
run 0 --csv --file -
same expected out '--file -'
cp in numbers.txt
: >in
run 0 --csv numbers.txt
same expected out 'a file'

# One that is wrong is said once, and nobody is left waiting; what else may be wrong is looked at alone and with ranks to spare.
printf '1\n2\nabc\n' >numbers.txt
expected_text='expected a whole number from 0 to 1000000000, or a range such as 10..20'
run 1 --file numbers.txt
says err "cohort-fibonacci: numbers.txt:3: 'abc' is not a term's number; $expected_text"
[ ! -s out ] || fail 'output in spite of bad input'
if [ "$ranks" = 0 ] || [ "$ranks" = 3 ]; then
  run 1 missing.txt
  says err "cohort-fibonacci: missing.txt: cannot be read (No such file or directory); $expected_text, or a file of them"
  run 1 -
  says err 'cohort-fibonacci: standard input: no terms '
  run 2 -5
  says err "cohort-fibonacci: '-5' is negative (terms are counted from 0); $expected_text"
  run 2 99999999999
  says err "cohort-fibonacci: '99999999999' is above the limit of 1000000000 "
  run 2 --limit 5 6
  says err "cohort-fibonacci: '6' is above the limit of 5 (this one term would have 1 digit); "
  run 2 --wrong 5
  says err 'cohort-fibonacci: The following argument was not expected: --wrong; see cohort-fibonacci --help'
  run 2

  run 0 --version
  printf 'cohort-fibonacci %s\n' "$version" >expected
  same expected out 'the version'
  run 0 --help
  says out 'Usage: cohort-fibonacci '
fi

# mpirun stands between the program and its reader, so these show only without it.
if [ "$ranks" = 0 ]; then
  "$program" 1..100000 2>err | head -n 1 >out
  [ "${PIPESTATUS[0]}" = 0 ] || fail 'a reader that leaves is an error'
  [ ! -s err ] || fail "a reader that leaves makes a noise: $(cat err)"
  "$program" 5 >/dev/full 2>err
  [ $? = 1 ] || fail 'a full disk is no error'
  says err 'cohort-fibonacci: the output cannot be written (No space left on device); '
  "$program" 5 >/dev/full 2>/dev/full
  [ $? = 1 ] || fail 'not even standard error can be written: that is no reason to abort'
fi

[ "$failures" = 0 ] && echo 'all as expected'
exit "$failures"
