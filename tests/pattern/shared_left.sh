#!/bin/sh
# Kills a job whose ranks look at shared data, and looks whether anything of these is left in /dev/shm.
# Usage: shared_left.sh how command...; how: interrupt or kill (the process that was started), rank (kills one that it
# started).
set -u
how=$1
shift
mark=cohort_shared_$$
. "$(dirname "$0")/job.sh"

# Those that look at the data.
looking() {
  for each in $(ours); do
    grep -q cohort-data- "/proc/$each/maps" 2>/dev/null && echo "$each"
  done
}

begin looking 2 "$@" shared_hangs "$mark"
ranks=$(looking)
case $how in
  interrupt) kill -INT $launcher ;;
  kill) kill -9 $launcher ;;
  *) kill -9 "$(echo "$ranks" | head -n 1)" ;;
esac
await_end
status=0
for each in $(ours); do
  echo "process $each is left"
  kill -9 "$each"
  status=1
done
for each in $ranks; do
  for name in /dev/shm/cohort-data-"$each"-*; do
    [ -e "$name" ] && { echo "left over: $name"; rm -f "$name"; status=1; }
  done
done
exit $status
