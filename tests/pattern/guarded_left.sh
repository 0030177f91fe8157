#!/bin/sh
# Kills a job whose ranks run guarded tasks that heed nothing, and looks whether a process is left.
# Usage: guarded_left.sh whom command...; whom: launcher (the process that was started) or rank (one that it started).
set -u
whom=$1
shift
mark=cohort_guarded_$$

# The processes of the job, the launcher apart: those whose command line has the mark for an argument (unlike that of grep).
ours() {
  grep -lzx "[c]ohort_guarded_$$" /proc/[0-9]*/cmdline 2>/dev/null | sed 's,/proc/,,; s,/cmdline,,' | grep -vx "$launcher"
}
count() { ours | wc -l; }

"$@" guarded_hangs "$mark" &
launcher=$!
# Of each rank: itself, its helper, its task.
i=0
while [ "$(count)" -lt 6 ] && [ $i -lt 300 ]; do
  i=$((i + 1))
  sleep 0.1
done
[ "$(count)" -ge 6 ] || { echo "the job did not begin"; kill -9 $launcher; exit 1; }
if [ "$whom" = launcher ]; then
  kill -9 $launcher
else
  kill -9 "$(ours | sort -n | head -n 1)"
fi
i=0
while [ "$(count)" -ne 0 ] && [ $i -lt 300 ]; do
  i=$((i + 1))
  sleep 0.1
done
left=$(ours)
[ -z "$left" ] && exit 0
echo "left over:"
for each in $left; do
  grep -E '^(Pid|PPid|State)' "/proc/$each/status"
  kill -9 "$each"
done
exit 1
