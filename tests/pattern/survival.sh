#!/bin/bash
# survival.sh STATUS PATTERN COMMAND...: the job COMMAND says PATTERN (an extended regular expression, on either output),
# ends with STATUS ("-": with any), and leaves no process behind.
status=$1 pattern=$2
shift 2
mark=cohort_survival_$$
# shellcheck source=tests/support/checks.sh
. "$(dirname "$0")/../support/checks.sh"
cd "$work" || exit 1

COHORT_TEST_MARK=$mark "$@" > out 2> err < /dev/null
ended=$?
[ "$status" = - ] || check "the exit status" is $ended "$status"
cat out err
check "what it says" grep -qE "$pattern" out err

# Those of this job have its mark in their environment.
left=$(grep -lz "^COHORT_TEST_MARK=$mark$" /proc/[0-9]*/environ 2> /dev/null | cut -d / -f 3)
for each in $left; do
  [ "$each" = $$ ] && continue
  fail "process $each is left: $(tr '\0' ' ' < "/proc/$each/cmdline")"
  kill -9 "$each"
done
exit $((failures != 0))
