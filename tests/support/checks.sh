# Sourced by tests in bash: checks that name themselves when they fail, and go on; and a folder for what they write.
# shellcheck shell=bash disable=SC2034
work=$(mktemp -d)
trap 'cd /; rm -rf "$work"' EXIT
failures=0

fail() {
  echo "FAILED: $*" >&2
  [ ! -s err ] || tail -n 20 err >&2 # what the program said last, where tests keep it
  failures=$((failures + 1))
}

# check NAME COMMAND...
check() {
  local name=$1
  shift
  "$@" || fail "$name: $*"
}

# at_once COMMAND...: mpirun waits for a second after a status other than 0, for ranks that it has told to end. Here it does not: for
# jobs whose ranks end together, unsignalled. (Where it has ranks to kill, Open MPI 4.1.4's mpirun may hang or crash in the end:
# 3 of 60 jobs on a busy machine, 10 of 60 without that second.)
at_once() { OMPI_MCA_odls_base_sigkill_timeout=0 "$@"; }

is() { [ "$1" = "$2" ] || { echo "'$1' is not '$2'" >&2; false; }; }
not() { ! "$@"; }
