#!/usr/bin/env bash
# recovery.sh BUILD SURVIVOR BED FAULT: the least program that survives (survivor.cpp), started by cohort-run --fault-tolerant over
# four hosts. Whatever is lost, it ends, with the right exit status, and leaves nothing on any host.
. "$(dirname "$0")/check.sh"
. "$here/losses.sh"
build=$(realpath "$1") survivor=$2 fault=$4 program=survivor
export COHORT_BED=$3
cd "$work" || exit 1
"$hosts" up 4 >/dev/null </dev/null || exit

starts_on() { "$hosts" run "$1" pgrep -fx 'sleep 100.7' >/dev/null; }
case $fault in root_host_crashed | root_elsewhere_*) FROM=2 RANKS=5 ;; esac
if [ "$fault" = starting_host_crashed ]; then # after ssh has begun to start the daemon there, and before that has said so
  printf '#!/bin/sh\ncase "$*" in *node3*) exec ssh -f node3 sleep 100.7 ;; esac\nexec ssh -f "$@"\n' >agent
  chmod +x agent
  export OMPI_MCA_plm_rsh_agent=$PWD/agent
fi
begin_run "$survivor" 240 100
if [ "$fault" = starting_host_crashed ]; then
  check 'it begins' within 30 starts_on node3
else
  check 'it begins' within 30 runs_rank "$((${RANKS:-7} - 1))"
fi
sleep 1
fault_there=${fault/elsewhere_/}
hurt "${fault_there#starting_}"
end_run
case $fault in
none) expected='status 0, 0 lost' ;;
rank_killed | segfault | stopped) expected='status 0, 1 lost' ;;
four_of_seven) expected='status 0, 4 lost' ;;
unplugged | flapping | daemon_killed | host_crashed) expected='status 0, 2 lost' ;;
root_* | starting_* | mpirun_killed) expected='status 111, lost' ;;
run_killed | everything_killed | launcher_host_crashed) expected='status 137, lost' ;;
esac
figures=$(sed -n 's/^240 of 240 tasks, \([0-9]*\) ranks lost.*/ \1/p' out)
# Of a host that has lost its power nobody hears: Open MPI's daemons on the others wait until TCP gives it up.
[ "$fault" != launcher_host_crashed ] || every_name=${every_name#orted|}
check "$fault" is "status $status,$figures lost" "$expected"
case $fault in root_*) # by cohort-run
  check 'what was lost' grep -q 'rank 0 was lost.*run the same command again' err ;;
mpirun_killed) check 'what was lost' grep -q 'mpirun was ended by signal 9.*run the same command again' err ;;
starting_*) check 'what was lost' grep -q 'a host was lost while the job was being started' err ;;
esac
case $fault in everything_killed | launcher_host_crashed | run_killed) ;; *)
  check 'no file is left' is "$(find . -name '.cohort-verdict*')" '' ;;
esac
nothing_left 30
for host in node1 node2 node3 node4; do kill_on "$host" '(^|/)orted ' 2>/dev/null; done
echo "$fault: noticed $(sed -n 's/^rank .* is lost (silent for \(.*\) s)/\1/p' err | paste -sd ' '), ended $took s later, cleared after another $cleared s"
finish
