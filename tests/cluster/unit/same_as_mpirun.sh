#!/bin/bash
# same_as_mpirun.sh PRINT MPIRUN: what our reader makes of hostfiles is what mpirun makes of them. mpirun starts nothing; it
# prints where ranks would go. The exit status is the number of differences.
set -u
print=$1 mpirun=$2
work=$(mktemp -d)
cd "$work" || exit 1
trap 'cd /; rm -rf "$work"' EXIT
differences=0

# mpirun's view: as many ranks as there are slots, so that each host with slots gets some.
theirs() {
  local total
  total=$(awk '{sum += $2} END {print sum + 0}' ours)
  [ "$total" -gt 0 ] || total=1
  timeout 20 "$mpirun" --hostfile hosts --do-not-launch --display-map -n "$total" true >said 2>&1 </dev/null
  if grep -q 'parse error\|bad parameter\|multiple definitions\|relative host\|Unhandled user@host\|improperly' said; then
    echo refused
  else
    sed -n 's/.*Data for node: \([^ \t]*\)[ \t]*Num slots: \([0-9]*\)[ \t]*Max slots: \([0-9]*\).*/\1 \2 \3/p' said
  fi
}

compare() { # compare TEXT (as for printf)
  printf '%b' "$1" >hosts
  "$print" hosts >ours
  theirs >real
  cmp -s ours real && return
  printf 'DIFFERENT: %q: we read\n%s\nmpirun reads\n%s\n' "$1" "$(cat ours)" "$(cat real)" >&2
  differences=$((differences + 1))
}

while IFS= read -r text; do
  [ -n "$text" ] && compare "$text"
done <<'FORMS'
a slots=3\nb\n
a slots = 3 # comment\n\n// another\nb count=2\nc cpu=1
a.example.org slots=2\nb\n
10.0.0.7 slots=2\n10.0.0.7\nfe80::1 slots=1\n
bob@a slots=1\nal@b.example.org\n
a username=bob\n
a port=22 slots=2\n
a\na\nb\na\n
a slots=2\na\n
a\na slots=3\n
a slots=2 slots=3\n
a max_slots=4\n
a slots=2 max-slots=4\n
a max_slots=2 slots=4\n
a slots=4 max_slots=2\n
a slots=2 b slots=3\n
a 4\n
a extra\n
a slots=many\n
a slots=-1\n
a slots 4\n
a Slots=4\n
a boards=1\n
rank 0=a slot=1\nrank 1=a slot=0\nrank 2=b\n
/* a\nb */ c slots=2\n
a /* b\nc */ d\n
localhost slots=2\n127.0.0.1\n
^a\nb\n
b\n^a\n
"a"\n
node[1-2]\n
a slots=3\r\n
a slots=2 # no line end
a b.example.org\n
slots=4\n
7 slots=2\n007\n
a:3\n
a,b slots=2\n
a@b@c\n
FORMS
exit $differences
