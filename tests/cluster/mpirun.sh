#!/usr/bin/env bash
# mpirun.sh BUILD: programs over four hosts, as a user starts them: every first program, cohort-farm, cohort-run and cohort-info.
. "$(dirname "$0")/check.sh"
build=$1
cd "$work" || exit 1
"$hosts" up 4 >/dev/null </dev/null || exit
"$hosts" hostfile >my-hosts
over_hosts=("$hosts" run node1 timeout 100 mpirun --hostfile my-hosts)

check 'ranks are dealt out to the hosts' is "$("${over_hosts[@]}" -n 8 hostname </dev/null | sort | uniq -c | tr -s ' ' | paste -sd ' ')" \
  ' 2 node1  2 node2  2 node3  2 node4'

for file in localhost cluster.example; do
  check "hostfiles/$file" is "$("$hosts" run node1 timeout 60 mpirun --hostfile "$root/hostfiles/$file" -n 4 hostname </dev/null)" \
    "$(for _ in 1 2 3 4; do echo node1; done)"
done
check 'two hosts of it' is "$("$hosts" run node1 timeout 60 mpirun --hostfile "$root/hostfiles/cluster.example" -n 16 \
  hostname </dev/null | sort | uniq -c | tr -s ' ' | paste -sd ' ')" ' 8 node1  8 node2'

# The same by cohort-run, which is in the PATH of node1 only, as what it starts.
tools=("$hosts" run node1 env "PATH=$build/apps/run:$build/apps/info:$PATH" timeout 100)
check 'cohort-run' is "$("${tools[@]}" cohort-run --hostfile my-hosts hostname </dev/null | sort | uniq -c | tr -s ' ' | paste -sd ' ')" \
  ' 2 node1  2 node2  2 node3  2 node4'
"${tools[@]}" cohort-run --hostfile my-hosts cohort-info >out </dev/null
check 'cohort-info on four hosts' is "$(grep -E '^node[1-4] ' out | tr -s ' ' | cut -d ' ' -f 1-3 | paste -sd ' ')" \
  'node1 0-1 2 node2 2-3 2 node3 4-5 2 node4 6-7 2'
"${tools[@]}" cohort-info --hostfile my-hosts >out </dev/null
check 'it asks them' is "$(grep -cE '^node[2-4]  *2  *[0-9]+  Open MPI' out) $(grep -c '^node1  *2 .*this host' out)" '3 1'
# shellcheck disable=SC2016
check 'the exit status of a rank' is "$("${tools[@]}" cohort-run --hostfile my-hosts sh -c 'exit $((OMPI_COMM_WORLD_RANK == 7 ? 9 : 0))' \
  </dev/null 2>/dev/null; echo $?)" 9

list=$(IFS=';' && echo "${over_hosts[*]}")
for expected in "$root"/apps/examples/*.out; do
  name=$(basename "$expected" .out)
  check "$name over four hosts" cmake -DRANKS=7 "-DMPIRUN=$list;-n" "-DPROGRAM=$build/apps/examples/example_$name" \
    "-DEXPECTED=$expected" -P "$root/tests/apps/examples/compare_output.cmake" </dev/null
done

# The first tasks of every rank take long enough for all to have begun.
# shellcheck disable=SC2016
seq 60 | sed 's/.*/echo & $(hostname); sleep 0.1/' >tasks
check 'a farm' "${over_hosts[@]}" -n 8 "$build/apps/farm/cohort-farm" -k --joblog log tasks >out 2>err </dev/null
check 'each task once, in order' is "$(cut -d ' ' -f 1 out)" "$(seq 60)"
check 'each logged once' is "$(tail -n +2 log | cut -f 1 | sort -n)" "$(seq 60)"
check 'on every host' is "$(cut -d ' ' -f 2 out | sort -u | paste -sd ' ')" 'node1 node2 node3 node4'
check 'a summary with every host' grep -qE ' 7  *node4 ' err
finish
