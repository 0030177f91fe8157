#!/bin/sh
# Kills a job whose ranks run guarded tasks that heed nothing, and looks whether a process is left.
# Usage: guarded_left.sh whom command...; whom: launcher (the process that was started) or rank (one that it started).
set -u
whom=$1
shift
mark=cohort_guarded_$$
. "$(dirname "$0")/job.sh"

# Of each rank: itself, its helper, its task.
begin ours 6 "$@" guarded_hangs "$mark"
if [ "$whom" = launcher ]; then
  kill -9 $launcher
else
  kill -9 "$(ours | sort -n | head -n 1)"
fi
await_end
left=$(ours)
[ -z "$left" ] && exit 0
echo "left over:"
for each in $left; do
  grep -E '^(Pid|PPid|State)' "/proc/$each/status"
  kill -9 "$each"
done
exit 1
