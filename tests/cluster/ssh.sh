#!/usr/bin/env bash
# Every host reaches every other by its name, and has what is its own: name, address, processes, memory, temporary files.
. "$(dirname "$0")/check.sh"
cd "$work" || exit 1
"$hosts" up 4 >/dev/null </dev/null || exit
names='node1 node2 node3 node4'

for from in $names; do
  # shellcheck disable=SC2016
  "$hosts" run "$from" bash -c 'for to in $1; do ssh "$to" hostname; done' - "$names" >"from.$from" 2>>err </dev/null & # what somebody's .bashrc says is no answer
done
wait
for from in $names; do check "ssh from $from" is "$(paste -sd ' ' "from.$from")" "$names"; done

# shellcheck disable=SC2016
own() { "$hosts" run "$1" bash -c '{ hostname; cat /etc/hostname; ip -brief -4 address show eth0 | tr -s " " | cut -d " " -f 3; } | paste -sd " "'; }
check 'name and address' is "$(own node3)" 'node3 node3 10.77.0.3/24'
# shellcheck disable=SC2016
for folder in /run /dev/shm '$TMPDIR'; do
  "$hosts" run node1 sh -c "touch $folder/mine"
  check "$folder is its own" is "$("$hosts" run node2 sh -c "ls $folder" | grep -c mine)" 0
done
"$hosts" run node1 sleep 300.1 &
within 10 "$hosts" run node1 pgrep -fx 'sleep 300.1' >/dev/null || fail 'a process of node1'
check 'not of node2' not "$hosts" run node2 pgrep -fx 'sleep 300.1'
check 'killed there' "$hosts" run node1 pkill -fx 'sleep 300.1'
wait

echo shared >file
check 'files are shared, and this folder is where commands run' is "$("$hosts" run node4 cat file)" shared
"$hosts" run node1 sh -c 'exit 7'
check 'the exit status of a command' is $? 7
check 'its input' is "$(echo word | "$hosts" run node1 cat)" word
finish
