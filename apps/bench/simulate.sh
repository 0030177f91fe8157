#!/bin/sh
# simulate.sh [BUILD] [ROUNDS]: is cohort-simulate right? Farms of tasks that sleep (so that two cores suffice) at 2, 3, 4, 8
# and 16 ranks, beside the simulation with the same lengths. Prints both; exit status 1 if they differ by more than 15 %.
build=${1:-build/release} rounds=${2:-3}
. "$(dirname "$0")/lib.sh"
export OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_mpi_yield_when_idle=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
costs=$(mpirun -n 2 "$build/apps/bench/cohort-simulate" --measure)
echo "measured here: $costs"
printf '%6s %-12s %12s %12s %8s\n' ranks lengths 'real s' 'simulated s' ratio
for lengths in constant exponential; do
  for ranks in 2 3 4 8 16; do
    how="--tasks-per-worker 50 --task-time 8ms --distribution $lengths"
    for _ in $(seq "$rounds"); do
      # shellcheck disable=SC2086
      mpirun --oversubscribe -n "$ranks" "$build/apps/bench/farm_sleep" $how
    done >"$work/real"
    real=$(cut -d ' ' -f 1 "$work/real" | median)
    # shellcheck disable=SC2086
    simulated=$("$build/apps/bench/cohort-simulate" --workers "$ranks" $how $costs | awk 'END {print $4}')
    ratio=$(ratio "$real" "$simulated")
    if awk -v r="$ratio" 'BEGIN {exit !(r >= 0.85 && r <= 1.15)}'; then verdict=ok; else verdict=MISSED missed=1; fi
    printf '%6s %-12s %12s %12s %8s   %s\n' "$ranks" "$lengths" "$real" "$simulated" "$ratio" "$verdict"
  done
done
exit $missed
