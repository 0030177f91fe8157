#!/bin/sh
# Every shell script is as shellcheck wants it: no warnings, and in those of the clusters no remarks either.
set -u
cd "$1" || exit 1
if ! command -v shellcheck >/dev/null; then
  echo "shellcheck is not installed; install it: apt-get install shellcheck" >&2
  exit 1
fi
scripts=$(grep -rlE '^#!.*[/ ](ba)?sh$|^# shellcheck shell=' quickstart run-tests .ci cmake hostfiles apps tests --exclude-dir=docs)
[ -n "$scripts" ] || { echo 'no script is found' >&2; exit 1; }
status=0
# shellcheck disable=SC2086
shellcheck -x -P SCRIPTDIR -S warning $scripts || status=1
# shellcheck disable=SC2046
shellcheck -x -P SCRIPTDIR $(printf '%s\n' $scripts | grep -E '^hostfiles/|^tests/cluster/') || status=1
exit $status
