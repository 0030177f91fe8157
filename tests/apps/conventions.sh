#!/bin/bash
# conventions.sh PROGRAM STATUS [PROGRAM STATUS]...: what all programs have in common. STATUS is what each returns for a wrong
# command line. Every check names itself when it fails; the exit status is the number of failures.
set -u
. "$(dirname "$0")/../support/checks.sh"
cd "$work" || exit 1
while [ $# -gt 1 ]; do
  program=$1 wrong=$2 name=${1##*/}
  shift 2
  "$program" --help >out 2>err
  check "$name --help" is $? 0
  check "$name --help says so on standard output alone" is "$(wc -c <err)" 0
  check "$name --help tells the exit statuses" grep -q '^Exit status: ' out
  check "$name --help has --version" grep -q -e '--version' out
  "$program" --version >out 2>err
  check "$name --version" is $? 0
  check "$name --version is one line" grep -qx "$name [0-9]*\.[0-9]*\.[0-9]*" out
  check "$name --version and no more" is "$(cat out err | wc -l)" 1
  "$program" --no-such-option >out 2>err
  check "$name with an unknown option" is $? "$wrong"
  check "$name complains in one line" is "$(cat out err | wc -l)" 1
  check "$name says who complains, of what, and what to do" grep -q "^$name: .*--no-such-option.*; see $name --help$" err
  { "$program" --help 2>err; } | true
  check "$name --help without a reader says nothing" is "$(wc -c <err)" 0
done
exit $failures
