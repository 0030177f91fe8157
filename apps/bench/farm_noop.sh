#!/bin/sh
# farm_noop.sh [BUILD] [ROUNDS]: tasks per second of a farm of 1,000,000 no-op tasks at 2 ranks, beside mpi4py.futures
# with chunksize 1, taking turns. Needs Debian's python3-mpi4py. Exit status 1 if the bar is missed.
build=${1:-build/release} rounds=${2:-5}
. "$(dirname "$0")/lib.sh"
here=$(dirname "$0")
need_mpi4py
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for _ in $(seq "$rounds"); do
  mpirun -n 2 "$build/apps/bench/farm_noop" 1000000 >>"$work/farm"
  mpirun -n 2 /usr/bin/python3 -m mpi4py.futures "$here/futures_noop.py" 10000 1 >>"$work/futures"
done
farm=$(median <"$work/farm") futures=$(median <"$work/futures")
echo "no-op tasks per second at 2 ranks, medians of $rounds rounds: cohort::farm $farm; mpi4py.futures, chunksize 1, $futures"
bar 'cohort::farm / mpi4py.futures (chunksize 1)' "$(ratio "$farm" "$futures")" 20
exit $missed
