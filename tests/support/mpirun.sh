#!/bin/bash
# mpirun.sh MPIRUN ARGUMENT...: a job that is to fail, under mpirun. Open MPI 4.1.4's mpirun hangs now and then when a rank
# has aborted the job, in PMIx_server_finalize. It is ended if all its processes have ended, at least one of them has
# failed, and it has not taken them in for five seconds; the exit status is that of the one. As long as a process of
# the job runs, or if none has failed, nothing is done: the test's TIMEOUT stands against such a hang.
set -u
"$@" <&0 &
mpirun=$!
trap 'kill -TERM "$mpirun"' TERM
code=0
have_failed() { # all its children have ended, and one has failed: with status $code
  local file children child stat fields status=0
  for file in "/proc/$mpirun"/task/*/children; do
    children=
    { read -r children <"$file"; } 2>/dev/null
    for child in $children; do
      { read -r stat <"/proc/$child/stat"; } 2>/dev/null || return 1
      read -ra fields <<<"${stat##*) }" # from the state on; the fiftieth is the exit status
      [ "${fields[0]}" = Z ] || return 1
      [ "$status" != 0 ] || status=${fields[49]}
    done
  done
  [ "$status" != 0 ] && code=$((status & 127 ? 128 + (status & 127) : status >> 8))
}
looks=0
while kill -0 "$mpirun" 2>/dev/null; do
  if have_failed; then looks=$((looks + 1)); else looks=0; fi
  if [ "$looks" = 25 ]; then
    echo "mpirun.sh: mpirun hangs in its own end (a process of the job has ended with status $code); it is killed" >&2
    kill -KILL "$mpirun"
    exit "$code"
  fi
  sleep 0.2
done
wait "$mpirun"
