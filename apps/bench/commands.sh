#!/bin/sh
# commands.sh [BUILD] [ROUNDS]: commands per second of cohort-farm at two slots on 3,000 times /bin/true, beside a bare
# posix_spawn loop and xargs -P2 with sh -c, taking turns. Prints ratios; exit status 1 if a bar is missed.
build=${1:-build/release} rounds=${2:-5}
. "$(dirname "$0")/lib.sh"
n=3000
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
yes /bin/true | head -n $n >"$work/tasks"
xargs_sh() { xargs -P2 -I{} sh -c '{}' <"$work/tasks"; }

for _ in $(seq "$rounds"); do
  "$build/apps/bench/spawn_loop" $n 2 /bin/true >>"$work/loop"
  mpirun -n 2 "$build/apps/farm/cohort-farm" "$work/tasks" 2>"$work/summary" || { cat "$work/summary"; exit 1; }
  sed -n 's/.*[ (]\([0-9.]*\) commands\/s.*/\1/p' "$work/summary" >>"$work/farm"
  seconds mpirun -n 2 "$build/apps/farm/cohort-farm" "$work/tasks" >>"$work/farm_whole"
  seconds xargs_sh >>"$work/xargs_whole"
done
loop=$(median <"$work/loop") farm=$(median <"$work/farm")
farm_whole=$(median <"$work/farm_whole" | awk -v n=$n '{printf "%.0f", n / $1}')
xargs_whole=$(median <"$work/xargs_whole" | awk -v n=$n '{printf "%.0f", n / $1}')
printf '%s\n' "commands per second, $n x /bin/true, 2 slots, medians of $rounds rounds:
  posix_spawn loop $loop; cohort-farm $farm (with mpirun's start and end $farm_whole); xargs -P2 sh -c $xargs_whole"
bar 'cohort-farm / bare posix_spawn loop' "$(ratio "$farm" "$loop")" 0.70
bar 'cohort-farm with mpirun / xargs -P2 sh -c' "$(ratio "$farm_whole" "$xargs_whole")" 1.00
exit $missed
