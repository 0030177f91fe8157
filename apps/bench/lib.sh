# Sourced by the benchmark scripts: rounds, medians, ratios.
# A script sources this from the repository's root after: build=${1:-build/release} rounds=${2:-5}

set -eu
[ "$(id -u)" != 0 ] || export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

need_mpi4py() {
  /usr/bin/python3 -c 'import mpi4py' 2>/dev/null && return
  echo "install python3-mpi4py first: apt-get install python3-mpi4py" >&2
  exit 2
}

# median: of the numbers on standard input, one per line.
median() { sort -g | awk '{v[NR] = $1} END {print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }

# ratio A B: A / B with two decimals.
ratio() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", a / b}'; }

# seconds COMMAND...: wall time of a whole command, its output thrown away.
seconds() {
  _begun=$(date +%s.%N)
  "$@" >/dev/null 2>&1
  date +%s.%N | awk -v b="$_begun" '{print $1 - b}'
}

# user_seconds COMMAND...: the processor time that it and its children spend outside the kernel, which other programs on the
# machine lengthen much less than wall time. Fails if the command does.
user_seconds() {
  ("$@" >/dev/null 2>&1 && times) | awk 'NR == 2 {split($1, t, /[ms]/); print 60 * t[1] + t[2]} END {exit NR < 2}'
}

# bar NAME VALUE LIMIT: prints the value beside its bar; remembers a miss in $missed.
missed=0
bar() { _verdict '>=' "$@"; }
# at_most NAME VALUE LIMIT: the same for what should be small.
at_most() { _verdict '<=' "$@"; }
_verdict() {
  if awk -v v="$3" -v l="$4" "BEGIN {exit !(v $1 l)}"; then verdict=ok; else verdict=MISSED missed=1; fi
  printf '%-64s %9s   bar %6s   %s\n' "$2" "$3" "$4" "$verdict"
}
