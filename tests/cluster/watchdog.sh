#!/usr/bin/env bash
# watchdog.sh PROGRAMS: the watchdog of a wrong program whose ranks are on two hosts reports all of them, and ends the job.
. "$(dirname "$0")/check.sh"
programs=$1
cd "$work" || exit 1
"$hosts" up 4 >/dev/null </dev/null || exit
printf 'node2 slots=2\nnode3 slots=2\n' >two-hosts

# wrong PROGRAM: four ranks of it, 0 and 1 on node2, 2 and 3 on node3.
wrong() {
  "$hosts" run node2 env COHORT_WATCHDOG=2s,abort timeout 60 mpirun -x COHORT_WATCHDOG --hostfile two-hosts -n 4 "$programs" "$1" \
    >out 2>err </dev/null
}

wrong full_ring
check 'the job is ended' test $? -ne 0 -a $? -ne 124
check 'once, of both hosts' is "$(grep -c 'cohort watchdog: nothing has moved for .* on 4 ranks (2 hosts)' err)" 1
for rank in 0 1 2 3; do
  host=node$((2 + rank / 2)) next=$(((rank + 1) % 4))
  check "rank $rank on $host" grep -qE "rank $rank \(host $host\) waits in send\(dest=$next, tag=0\) on world, programs.cpp:[0-9]+, for " err
done
check 'who waits for whom' grep -qE -e \
  '-> cycle: rank 0 .*waits for rank 1 .*-> rank 1 .*waits for rank 2 .*-> rank 2 .*waits for rank 3 .*-> rank 3 .*waits for rank 0 ' err

# Ranks of both hosts that do the same are one line; the one that is missing is on the other host than rank 0.
wrong missing_collective
check 'the job is ended' test $? -ne 0 -a $? -ne 124
check 'who waits' grep -qE 'ranks 0-1, 3 wait in allreduce on world, programs.cpp:[0-9]+, for ' err
check 'who does not come' grep -qE -e '-> rank 2 .*does not take part in allreduce ' err
finish
