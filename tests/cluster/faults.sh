#!/usr/bin/env bash
# Every fault does what it says to its host, to no other, and can be undone.
. "$(dirname "$0")/check.sh"
cd "$work" || exit 1
"$hosts" up 4 >/dev/null </dev/null || exit

# connects FROM TO: how long a connection takes, in microseconds.
# shellcheck disable=SC2016
connects() {
  "$hosts" run "$1" timeout 1 bash -c 's=$EPOCHREALTIME; : <>"/dev/tcp/$1/22" && e=$EPOCHREALTIME && echo $((${e/./} - ${s/./}))' - "$2" 2>/dev/null
}
reaches() { connects "$@" >/dev/null; }
soon_reaches() { within 10 reaches "$@"; } # the machine may be busy
is_line() { "$hosts" status | grep -qxF "$1"; }

check 'unplug' "$hosts" unplug node2
check 'unplugged: nobody reaches it' not reaches node1 node2
check 'unplugged: it reaches nobody' not reaches node2 node1
check 'unplugged: the others do' soon_reaches node1 node3
check 'unplugged: it lives' is "$("$hosts" run node2 hostname)" node2
check 'unplugged: said' is_line 'node2 10.77.0.2 running, unplugged'
check 'plug' "$hosts" plug node2
check 'plugged' soon_reaches node1 node2

check 'delay' "$hosts" delay node2 40
took=$(connects node1 node2)
check 'delayed: there and back' test "${took:-0}" -ge 80000
took=$(connects node2 node3)
check 'delayed: the other way round' test "${took:-0}" -ge 80000
check 'delayed: said' is_line 'node2 10.77.0.2 running, delayed by 40 ms'
check 'delay less' "$hosts" delay node2 5 2
took=$(connects node1 node2)
check 'delayed less' test "${took:-0}" -ge 6000
"$hosts" run node1 sh -c 'head -c 3000000 /dev/zero | ssh node2 "wc -c"' >bytes
check 'delayed: many packets arrive, in order' is "$(cat bytes)" 3000000
check 'delay no more' "$hosts" delay node2 0
check 'as before' soon_reaches node1 node2

# Packets for a port where nobody listens are counted by the host that they reach.
# shellcheck disable=SC2016
arrived() { "$hosts" run node3 awk '/^Udp: [0-9]/ {print $3}' /proc/net/snmp; }
send_300() {
  # shellcheck disable=SC2034,SC2016
  "$hosts" run node1 bash -c 'exec 3>/dev/udp/node3/9; for i in {1..300}; do echo >&3; done' 2>/dev/null
}
before=$(arrived)
send_300
got=$(($(arrived) - before)) # a few are not even sent, since node3 refuses those before
check "none is lost ($got of 300 arrive)" test $got -gt 280
check 'lossy' "$hosts" lossy node3 50
before=$(arrived)
send_300
got=$(($(arrived) - before))
check "some are lost ($got of 300 arrive)" test $got -gt 50 -a $got -lt 250
check 'all are lost' "$hosts" lossy node3 100
check 'lost' not reaches node1 node3
check 'lost: the others do' soon_reaches node1 node4
check 'lossy: said' is_line 'node3 10.77.0.3 running, loses 100 %'
check 'lossy no more' "$hosts" lossy node3 0
check 'as before that' soon_reaches node1 node3

# A power failure: no farewells, so an open connection stays open; everything that ran is gone after the boot.
"$hosts" run node4 sleep 300.4 &
"$hosts" run node1 ssh node4 'echo connected; sleep 300.5' >log 2>&1 </dev/null &
within 10 grep -q connected log || fail 'a connection to node4'
check 'kill' "$hosts" kill node4
check 'killed: said' is_line 'node4 10.77.0.4 dead'
check 'killed: cannot be reached' not reaches node1 node4
check 'killed: no command' not "$hosts" run node4 true 2>said
check 'killed: what to do' grep -q 'node4 is dead; boot it first' said
check 'killed: the other end does not know' "$hosts" run node1 pgrep -fx 'ssh node4 .*' >/dev/null
check 'boot' "$hosts" boot node4
check 'booted' is "$("$hosts" run node1 ssh node4 hostname)" node4
"$hosts" run node1 pkill -fx 'ssh node4 .*'
check 'booted: nothing runs from before' not "$hosts" run node4 pgrep -f 'sleep 300' >/dev/null
wait

# Whatever is wrong, "up" repairs it.
"$hosts" kill node1
"$hosts" unplug node2
"$hosts" delay node3 10
"$hosts" lossy node3 20
check 'repair' "$hosts" up </dev/null
check 'repaired' is "$("$hosts" status)" "$(for i in 1 2 3 4; do echo "node$i 10.77.0.$i running"; done)"
finish
