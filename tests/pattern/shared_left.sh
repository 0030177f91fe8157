#!/bin/sh
# Kills a job whose ranks look at shared data, and looks whether anything of these is left in /dev/shm.
# Usage: shared_left.sh how command...; how: interrupt or kill (the process that was started), rank (kills one that it
# started).
set -u
how=$1
shift
mark=cohort_shared_$$

# The processes of the job, the launcher apart: those whose command line has the mark for an argument (unlike that of grep).
ours() {
  grep -lzx "[c]ohort_shared_$$" /proc/[0-9]*/cmdline 2>/dev/null | sed 's,/proc/,,; s,/cmdline,,' | grep -vx "$launcher"
}
# Those that look at the data.
looking() {
  for each in $(ours); do
    grep -q cohort-data- "/proc/$each/maps" 2>/dev/null && echo "$each"
  done
}
count() { "$1" | wc -l; }

"$@" shared_hangs "$mark" &
launcher=$!
i=0
while [ "$(count looking)" -lt 2 ] && [ $i -lt 300 ]; do
  i=$((i + 1))
  sleep 0.1
done
ranks=$(looking)
[ "$(count looking)" -ge 2 ] || { echo "the job did not begin"; kill -9 $launcher; exit 1; }
case $how in
  interrupt) kill -INT $launcher ;;
  kill) kill -9 $launcher ;;
  *) kill -9 "$(echo "$ranks" | head -n 1)" ;;
esac
i=0
while [ "$(count ours)" -ne 0 ] && [ $i -lt 300 ]; do
  i=$((i + 1))
  sleep 0.1
done
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
