#!/usr/bin/env bash
# page.sh PAGE BUILD BED: does what a page of the documentation says. Every ```sh block is run: those marked "<!-- here -->" on
# this machine, the others on node1, in one shell from one mark to the next, and each when the jobs of those before have ended.
# A block marked "<!-- output -->" is what the commands before it print (the end of it, if they print more); "..." in it is any
# text, a line "..." any lines, or none. C++ examples are for the test docs.cluster_code.
. "$(dirname "$0")/check.sh"
page=$1 build=$2
export COHORT_BED=$3
mkdir "$work/repository" "$work/bin" "$work/blocks"
cd "$work/repository" || exit 1
mkdir build
ln -s "$build" build/release
ln -s "$root/hostfiles" "$root/tests" .
printf '#!/bin/sh\nexec "$@"\n' >"$work/bin/sudo"
chmod +x "$work/bin/sudo"
PATH=$work/bin:$PATH
"$hosts" down >/dev/null || exit
"$hosts" up 1 >/dev/null </dev/null || exit # 77 where hosts cannot be made
trap '"$hosts" down >/dev/null; rm -rf "$work"' EXIT
"$hosts" down >/dev/null

# 001.here, 002.node, ... hold the commands, 001.output, ... what they are to print.
awk '
  { mark = previous; previous = $0 != "" ? $0 : previous }
  /^```/ && inside { inside = 0; close(file); previous = ""; next }
  /^```sh$/ { file = sprintf("%s/%03d.%s", folder, ++n, mark == "<!-- here -->" ? "here" : "node"); inside = 1; next }
  /^```$/ && mark == "<!-- output -->" { file = sprintf("%s/%03d.output", folder, n); inside = 1; next }
  /^```cpp$/ && mark ~ /^<!-- example: / { file = "/dev/null"; inside = 1; next }
  /^```/ { print FILENAME ":" FNR ": a block that is neither sh nor marked as output"; bad = 1; file = "/dev/null"; inside = 1; next }
  inside { print >file }
  END { exit bad }
' folder="$work/blocks" "$page" >&2 || fail 'blocks of the page'

# The shell of the commands on node1 reads them from here; it says when a block is done.
jobs_ended() { [ ! -e "$COHORT_BED/etc/slurm/slurm.conf" ] || [ -z "$("$slurm" run squeue -h 2>&1)" ]; }
shell=
run_block() { # run_block FILE: its output in printed
  if [ "${1##*.}" = here ]; then
    [ -z "$shell" ] || { exec {to_shell}>&-; wait "$shell"; shell=; }
    bash -e "$1" >printed </dev/null
    return
  fi
  if [ -z "$shell" ]; then
    rm -f "$work/commands" && mkfifo "$work/commands"
    "$hosts" run node1 bash <"$work/commands" &
    shell=$!
    exec {to_shell}>"$work/commands"
  fi
  rm -f "$work/done"
  # shellcheck disable=SC2016
  echo "trap 'echo failed >$work/done' ERR; { . $1; } >printed </dev/null; [ -e $work/done ] || echo well >$work/done" >&"$to_shell"
  within 90 test -s "$work/done"
  [ "$(cat "$work/done" 2>&1)" = well ]
}

# as_said FILE: with "...", what was printed ends like the file.
as_said() {
  grep -qF ... "$1" || return
  local line text wanted='' end=$'\n'
  while IFS= read -r line; do
    if [ "$line" = ... ]; then
      wanted+="(.*$end)?"
    else
      # shellcheck disable=SC2016
      line=$(sed -e 's/\.\.\./\x01/g' -e 's/[][\.*^$+?(){}|]/\\&/g' -e 's/\x01/[^\x02]*/g' <<<"$line")
      wanted+=${line//$'\x02'/$end}$end
    fi
  done <"$1"
  text=$(cat printed; echo .)
  [[ ${text%.} =~ (^|$end)$wanted$ ]]
}

blocks=0
for block in "$work"/blocks/*.{here,node}; do echo "$block"; done | sort >"$work/order"
while read -r block <&4; do
  blocks=$((blocks + 1))
  check 'the jobs end' within 90 jobs_ended
  # On a busy machine, one start by srun in a hundred crashes in Slurm's PMIx.
  run_block "$block" || { grep -q 'srun --mpi' "$block" && run_block "$block"; } || { fail "$(cat "$block")"; cat printed >&2; }
  want=${block%.*}.output
  if [ -e "$want" ]; then
    as_said "$want" || diff <(tail -n "$(wc -l <"$want")" printed) "$want" >&2 || fail "< what it prints, > what the page says: $(cat "$block")"
  fi
done 4<"$work/order"
check "blocks ($blocks)" test "$blocks" -gt 5
finish
