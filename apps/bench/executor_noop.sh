#!/bin/sh
# executor_noop.sh [BUILD] [ROUNDS]: executor_noop at 2, 3 and 4 ranks, and beside it, taking turns, mpi4py.futures and
# multiprocessing.Pool with as many tasks outstanding. Needs Debian's python3-mpi4py. Exit status 1 if a bar is missed.
build=${1:-build/release} rounds=${2:-3}
. "$(dirname "$0")/lib.sh"
here=$(dirname "$0")
need_mpi4py
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
few() { mpirun --oversubscribe -n "$1" /usr/bin/python3 -m mpi4py.futures "$here/outstanding_noop.py" mpi4py "$2" "$3"; }
for ranks in 2 3 4; do
  tasks=100000
  if [ "$ranks" -gt "$(nproc)" ]; then # a task that is sent alone waits for its rank's turn at a core
    export OMPI_MCA_mpi_yield_when_idle=1
    tasks=4000
  fi
  for _ in $(seq "$rounds"); do
    mpirun --oversubscribe -n "$ranks" "$build/apps/bench/executor_noop" --rounds 1 --tasks "$tasks" >"$work/table"
    for outstanding in 1 4 100 1000; do
      awk -v n="$outstanding" '$1 == n && $2 + 0 > 0 {print $2}' "$work/table" >>"$work/hand.$ranks.$outstanding"
      awk -v n="$outstanding" '$1 == n && $2 + 0 > 0 {print $3}' "$work/table" >>"$work/executor.$ranks.$outstanding"
      awk -v n="$outstanding" '$1 == n && $2 + 0 > 0 {print $5}' "$work/table" >>"$work/sent.$ranks.$outstanding"
      few "$ranks" 2000 "$outstanding" >>"$work/mpi4py.$ranks.$outstanding"
      [ "$ranks" != 2 ] ||
        /usr/bin/python3 "$here/outstanding_noop.py" multiprocessing 5000 "$outstanding" >>"$work/pool.$outstanding"
    done
  done
done
for ranks in 2 3 4; do
  for outstanding in 1 4 100 1000; do
    of() { median <"$work/$1.$ranks.$outstanding"; }
    echo "$ranks ranks, $outstanding outstanding, tasks per second: by hand $(of hand), executor $(of executor)," \
      "the same always sent $(of sent), mpi4py.futures $(of mpi4py)," \
      "multiprocessing.Pool(2) $(median <"$work/pool.$outstanding")"
    bar "executor / by hand, $ranks ranks, $outstanding outstanding" "$(ratio "$(of executor)" "$(of hand)")" 0.90
  done
done
exit $missed
