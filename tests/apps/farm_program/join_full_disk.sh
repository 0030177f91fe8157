#!/bin/bash
# join_full_disk.sh FARM MPIRUN...: no space is left where one that has joined a cohort-farm writes, or for the journal, too. It mounts
# small disks, in a namespace of its own. Every check names itself when it fails; the exit status is the number of failures.
set -u
own=()
[ "$(id -u)" = 0 ] || own=(--map-root-user)
if [ -z "${COHORT_OWN_MOUNTS-}" ]; then
  unshare --mount "${own[@]}" true 2>/dev/null || { echo 'no disks can be mounted here'; exit 77; }
  COHORT_OWN_MOUNTS=1 exec unshare --mount "${own[@]}" bash "$0" "$@"
fi
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
. "$(dirname "$0")/../../support/checks.sh"
farm=$1
shift
job=("$@" 2 "$farm")
cd "$work" || exit 1
mark=8642$$ # at the end of the sleeps of this run's tasks
run=run.$mark
trap 'cd /; umount "$work/$run/join" "$work/$run" 2>/dev/null; rm -rf "$work"' EXIT
bytes=2000000 # of all outputs
{
  printf 'sleep 8.0%s; echo\n' "$mark" # printed first, so that the others wait in files
  for _ in $(seq 20); do printf "sleep 0.2%s; head -c 100000 /dev/zero | tr '\\\\0' x\n" "$mark"; done
} >tasks
printed() { tr -d -c x <"$1" | wc -c; }
work_together() {
  "${job[@]}" --journal "$run" --joblog log -k --lease 4s tasks >out 2>err </dev/null &
  local farm_pid=$!
  "${job[@]}" --join "$run" -j 2 >joined 2>joiner </dev/null &
  wait $!
  joiner_status=$?
  wait "$farm_pid"
  status=$?
}

# The disk of who joined is full: it says so and ends, and its tasks run at the farm.
mkdir -p "$run/join" && mount -t tmpfs -o size=500k none "$run/join" || exit 1
work_together
check 'full: it has lost the farm' is "$joiner_status" 111
check 'full: and says why' grep -q 'has not answered for 2 s (No space left on device); what ran here was ended' joiner
check 'full: the farm succeeds' is "$status" 0
check 'full: all bytes, once' is "$(printed out)" $bytes
check 'full: nothing is left' is "$(ls "$run/join")" ''
umount "$run/join"
rm -rf "$run"

# The journal is on that disk, too.
mkdir -p "$run" && mount -t tmpfs -o size=500k none "$run" || exit 1
work_together
check 'with the journal: who joined has lost the farm' is "$joiner_status" 111
check 'with the journal: the farm succeeds' is "$status" 0
check 'with the journal: all bytes, once' is "$(printed out)" $bytes
check 'with the journal: each logged once' is "$(tail -n +2 log | cut -f1,7,8 | sort -n | tr '\t\n' ', ')" "$(seq 21 | sed 's/$/,0,0/' | tr '\n' ' ')"
check 'with the journal: nothing else is left' is "$(ls "$run")" journal
"${job[@]}" --journal "$run" --joblog log --resume -k tasks >out 2>err </dev/null
check 'with the journal: all is recorded' grep -q '21 of 21 tasks done (21 in earlier runs)' err
exit "$failures"
