#!/usr/bin/env bash
# The tests' hosts go, whatever has been done to them.
. "$(dirname "$0")/check.sh"
[ "$(id -u)" = 0 ] || { echo 'hosts need root; there are none'; exit 77; }
check 'down' "$hosts" down </dev/null
check 'no file' test ! -e "${COHORT_BED:?}"
check 'no process' not pgrep -fa "bed/(init|switch)[.]sh $COHORT_BED "
finish
