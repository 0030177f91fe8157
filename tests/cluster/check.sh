# Sourced by the tests of hosts and Slurm.
# shellcheck shell=bash disable=SC2034
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
hosts=$here/hosts slurm=$here/slurm
. "$root/tests/support/checks.sh"

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
