#!/usr/bin/env bash
# farm_joined.sh BUILD: a farm on two hosts gets help from a job on two others, which leaves; from a second, whose hosts are killed by
# their processes; and runs every task.
. "$(dirname "$0")/check.sh"
farm=$1/apps/farm/cohort-farm
cd "$work" || exit 1
"$hosts" up 4 >/dev/null </dev/null || exit
"$hosts" hostfile >all-hosts
grep -E '^node[12]\b' all-hosts >farm-hosts
grep -E '^node[34]\b' all-hosts >other-hosts
started() { [ "$(wc -l <begun)" -ge "$1" ]; }
on_others() { [ "$(grep -c 'node[34]' begun)" -ge "$1" ]; }
join() { "$hosts" run node3 timeout 100 mpirun --hostfile other-hosts -n 4 "$farm" --join joined-run >/dev/null 2>"$1" </dev/null; }

# shellcheck disable=SC2016
seq 240 | sed 's/.*/echo "& $(hostname)" >>begun; sleep 0.3; echo & $(hostname)/' >tasks
: >begun
"$hosts" run node1 timeout 110 mpirun --hostfile farm-hosts -n 4 "$farm" --journal joined-run --joblog log --lease 4s tasks >out 2>err </dev/null &
running=$!
within 30 started 4
join first &
joined=$!
check 'it works' within 30 on_others 8
"$hosts" run node3 pkill -USR1 -f "^$farm --join joined-run"
wait $joined
check 'it leaves in order' is $? 0
check 'it says so' grep -q 'left the farm on node1 after [0-9]* tasks: it was told to by SIGUSR1' first
worked=$(grep -c 'node[34]' begun)
join second &
joined=$!
check 'the second works' within 30 on_others $((worked + 4))
for node in node3 node4; do "$hosts" run $node pkill -KILL -f "^$farm --join joined-run"; done
wait $joined
wait $running
check 'the farm succeeds' is $? 0
check 'each result once' is "$(cut -d ' ' -f 1 out | sort -n | paste -sd ' ')" "$(seq 240 | paste -sd ' ')"
check 'each logged once' is "$(tail -n +2 log | cut -f 1 | sort -n | paste -sd ' ')" "$(seq 240 | paste -sd ' ')"
check 'on every host' is "$(cut -d ' ' -f 2 out | sort -u | paste -sd ' ')" 'node1 node2 node3 node4'
check 'the log names the host of each' is "$(tail -n +2 log | cut -f 1,2 | sort -n | tr '\t' ' ')" "$(sort -n out)"
check 'the loss is said' grep -q 'on node3 is lost (it has said nothing for' err
check 'nothing is left' is "$(ls joined-run)" journal
finish
