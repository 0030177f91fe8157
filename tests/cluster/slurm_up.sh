#!/usr/bin/env bash
# Slurm comes up, once however often it is asked to; its daemons and nodes can be lost and come back.
. "$(dirname "$0")/check.sh"
cd "$work" || exit 1
"$slurm" up 4 >/dev/null </dev/null || exit
check 'up again' "$slurm" up 4 </dev/null
check 'four nodes' is "$("$slurm" run sinfo -h -t idle -o %D)" 4
check 'a command on all nodes' is "$("$slurm" run timeout 60 srun -N 4 hostname | sort | paste -sd ' ')" 'node1 node2 node3 node4'
check 'stop one' "$slurm" stop node4
check 'stopped' not "$hosts" run node4 pgrep -x slurmd
check 'start it' "$slurm" start node4
"$hosts" kill node3
check 'up after a power failure' "$slurm" up </dev/null
check 'all nodes are back' is "$("$slurm" run timeout 60 srun -N 4 hostname | sort | paste -sd ' ')" 'node1 node2 node3 node4'
finish
