#!/usr/bin/env bash
# nothing_left.sh BED: a second set of hosts beside the first, treated badly. After "down" nothing of it is left: no process,
# no namespace, no network interface, no mount, no file. Nor after it was killed at any moment, or its folder removed.
. "$(dirname "$0")/check.sh"
export COHORT_BED=$1
trap '"$hosts" down >/dev/null 2>&1; rm -rf "$work"' EXIT
cd "$work" || exit 1

left_processes() { pgrep -fa -- "$COHORT_BED" | grep -v 'nothing_left.sh' || true; }
no_processes() { [ -z "$(left_processes)" ]; }
interfaces() { ls /sys/class/net; }
mounts() { grep -F -e "$COHORT_BED" -e nsfs /proc/self/mountinfo || true; }
# The namespaces of all processes whose root is a host's (or the switch's) first process, by their numbers.
namespaces() {
  local pid
  # shellcheck disable=SC2009
  for pid in $(pgrep -f "bed/(init|switch)[.]sh $COHORT_BED "); do
    readlink "/proc/$pid/ns/"{pid,net,mnt,uts,ipc}
  done | sort -u
}
anybody_in() { readlink /proc/[0-9]*/ns/* 2>/dev/null | sort -u | grep -qxFf "$1"; }
is_gone() {
  local what=$1
  check "$what: processes" within 10 no_processes
  left_processes
  check "$what: files" test ! -e "$COHORT_BED"
  check "$what: mounts" is "$(mounts)" ''
  check "$what: interfaces" is "$(interfaces)" "$before"
}

before=$(interfaces)
readlink /proc/self/ns/* | sort -u >outer
"$slurm" up 2 >/dev/null </dev/null || exit
"$hosts" run node1 setsid sleep 300.2 >/dev/null 2>&1 &
"$hosts" run node2 ssh node1 sleep 300.3 >/dev/null 2>&1 </dev/null &
"$hosts" delay node1 10
"$hosts" lossy node1 10
"$hosts" kill node2
"$hosts" boot node2
"$hosts" delay node2 10
"$hosts" unplug node2
namespaces | grep -vxFf outer >inner
check 'two hosts and a switch have 13 namespaces at least' test "$(wc -l <inner)" -ge 13
check 'somebody is in them' anybody_in inner
check 'processes' test "$(left_processes | wc -l)" -ge 6
check 'down' "$hosts" down >/dev/null </dev/null
wait
is_gone 'after down'
check 'nobody is in those namespaces' within 10 not anybody_in inner
check 'down again' "$hosts" down >/dev/null

# Killed while it comes up, a little later each time; what is left is cleared away by the next call.
for after in 0.1 0.2 0.3 0.4 0.5; do
  "$hosts" up 5 >/dev/null 2>&1 </dev/null &
  sleep $after
  kill -KILL $! 2>/dev/null
  wait $! 2>/dev/null
done
check 'up after that' "$hosts" up 2 >/dev/null
check 'whole' is "$("$hosts" run node2 ssh node1 hostname)" node1
check 'down after that' "$hosts" down >/dev/null
is_gone 'after it was killed'

"$hosts" up 1 >/dev/null
rm -rf "${COHORT_BED:?}"
is_gone 'after its folder was removed'

mkdir "$COHORT_BED"
touch "$COHORT_BED/precious"
check 'up in a folder of others' not "$hosts" up 2>said
check 'is told' grep -q 'cannot be made; remove it if nobody needs it' said
check 'down there' not "$hosts" down 2>/dev/null
check 'their files are left alone' rm "$COHORT_BED/precious"
rmdir "$COHORT_BED"
finish
