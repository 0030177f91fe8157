# Sourced by the tests: checks that name themselves when they fail, and go on.
# shellcheck shell=bash disable=SC2034
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
hosts=$here/hosts slurm=$here/slurm
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

# check NAME COMMAND...
check() {
  local name=$1
  shift
  "$@" || fail "$name: $*"
}

is() { [ "$1" = "$2" ] || { echo "'$1' is not '$2'" >&2; false; }; }
not() { ! "$@"; }

# within SECONDS COMMAND...: it comes true in that time.
within() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.3
  done
}

finish() {
  [ $failures = 0 ] || { echo "$failures checks failed" >&2; exit 1; }
  echo 'all as expected'
}
