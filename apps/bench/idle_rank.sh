#!/bin/sh
# idle_rank.sh [BUILD]: the processor time of ranks that wait, in a farm and an executor of 2, 3 and 4 ranks while one task
# runs; see idle_rank.cpp. Exit status 1 if a rank takes 2 % of a core or more.
build=${1:-build/release}
. "$(dirname "$0")/lib.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for pattern in farm executor away; do
  for ranks in 2 3 4; do
    mpirun --oversubscribe --bind-to none -n "$ranks" "$build/apps/bench/idle_rank" "$pattern" >"$work/ranks"
    each=$(awk '{printf "%s%s %%", (NR > 1 ? ", " : ""), $2}' "$work/ranks")
    at_most "$pattern, $ranks ranks: $each" "$(awk '$2 > most {most = $2} END {print most + 0}' "$work/ranks")" 1.99
  done
done
exit $missed
