#!/usr/bin/env bash
# The tests' hosts go, whatever has been done to them.
. "$(dirname "$0")/check.sh"
"$hosts" down </dev/null || exit # 77 without root
check 'no file' test ! -e "${COHORT_BED:?}"
check 'no process' not pgrep -fa "bed/(init|switch)[.]sh $COHORT_BED "
finish
