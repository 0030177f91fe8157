#!/usr/bin/env bash
# The hosts come up, once however often they are asked to; wrong calls are told.
. "$(dirname "$0")/check.sh"
cd "$work" || exit 1

"$hosts" up 4 >first </dev/null || exit # 77 where hosts cannot be made
"$hosts" down >/dev/null || fail 'down, whatever was there'
check 'nothing to say about' not "$hosts" status 2>said
check 'what to do' grep -q 'begin with: .*hosts up' said
check 'up' "$hosts" up 4 </dev/null
check 'up again' "$hosts" up
check 'four of them' is "$("$hosts" status)" "$(for i in 1 2 3 4; do echo "node$i 10.77.0.$i running"; done)"
check 'another number' not "$hosts" up 3 2>said
check 'is told' grep -q '4 hosts are up in .*, not 3; take them down first' said

wrong() { # wrong WORDS ARGUMENT...: exit status 2, and the words
  local words=$1
  shift
  "$hosts" "$@" >/dev/null 2>said
  check "the status of hosts $*" is $? 2
  check "what hosts $* says" grep -qF -- "$words" said
}
wrong 'unknown command flood' flood node1
wrong 'kill needs more than 0 arguments' kill
wrong 'there cannot be 1000 hosts' up 1000
wrong "'many' is no number" delay node1 many
wrong '101 % of the packets cannot be lost' lossy node1 101
COHORT_BED=relative wrong 'it must be a whole path' status
COHORT_BED='/tmp/a b' wrong 'only letters, digits' status
check 'no such host' not "$hosts" kill node9 2>said
check 'is told too' grep -q 'there is no host node9; the hosts are node1 node2 node3 node4' said
for command in "$hosts" "$slurm"; do
  check 'help' grep -q '^  up \[N\]' <("$command" --help)
done
finish
