# Sourced by tests of what is lost while a program runs: starts it by cohort-run on node1, over four hosts, does something bad
# to it, and looks what became of it.
# shellcheck shell=bash disable=SC2154,SC2034

every_name='orted|mpirun|cohort-run|cohort-farm|survivor|^ssh ' # of a run, on any host; a host's own sshd is none of them
now() { echo "${EPOCHREALTIME/[.,]/}"; }
seconds_since() { awk -v us=$(($(now) - $1)) 'BEGIN { printf "%.1f", us / 1e6 }'; }

# begin_run PROGRAM [ARGUMENT...]: seven ranks, 0 and 1 on node1, 6 alone on node4; RANKS and FROM may say otherwise. Its
# output is in the files out and err.
begin_run() {
  local first=${FROM:-1} i
  for i in 1 2 3 4; do
    [ "$i" -lt "$first" ] || echo "node$i slots=2"
  done >my-hosts
  first_host=$first
  : >out
  begun_at=$(now)
  "$hosts" run node1 env "PATH=$build/apps/run:$build/apps/farm:$PATH" timeout -k 5 "${LIMIT:-100}" cohort-run --fault-tolerant \
    --hostfile my-hosts -n "${RANKS:-7}" "$@" >out 2>err </dev/null &
  run=$!
}
# end_run: its exit status is in status, its time in whole, and in took how long that was after what was done to it.
end_run() {
  wait "$run"
  status=$?
  whole=$(seconds_since "$begun_at")
  took=$(seconds_since "${hurt_at:-$(now)}")
}

host_of() { echo "node$(($1 / 2 + first_host))"; }
# pid_of RANK: on its host.
pid_of() {
  # shellcheck disable=SC2016
  "$hosts" run "$(host_of "$1")" bash -c '
    for each in $(pgrep -x "$2"); do
      ! grep -qzx "OMPI_COMM_WORLD_RANK=$1" "/proc/$each/environ" 2>/dev/null || echo "$each"
    done' - "$1" "$program" | head -n 1
}
runs_rank() { [ -n "$(pid_of "$1")" ]; }
# signal_ranks SIGNAL RANK...
signal_ranks() {
  local signal=$1 each
  shift
  for each in "$@"; do "$hosts" run "$(host_of "$each")" kill "-$signal" "$(pid_of "$each")"; done
}
# on HOST PATTERN: kills the processes of that name there.
kill_on() { "$hosts" run "$1" pkill -KILL -f -- "$2"; }

# hurt FAULT: what it is called in docs/faults.md. VICTIM and VICTIMS are ranks, VICTIM_HOST is a host.
hurt() {
  local host pause one=${VICTIM:-3} there=${VICTIM_HOST:-node3}
  hurt_at=$(now)
  case $1 in
  none) ;;
  rank_killed) signal_ranks KILL "$one" ;;
  segfault) signal_ranks SEGV "$one" ;;
  stopped) signal_ranks STOP "$one" ;;
  four_of_seven)
    # shellcheck disable=SC2086
    signal_ranks KILL ${VICTIMS:-2 3 5 6}
    ;;
  unplugged) "$hosts" unplug "$there" ;;
  flapping)
    for pause in 6 0.5 1 0.3; do # the first is long enough to be a loss
      "$hosts" unplug "$there"
      sleep "$pause"
      "$hosts" plug "$there"
      sleep 0.5
    done
    ;;
  daemon_killed) kill_on "$there" '(^|/)orted ' ;;
  host_crashed) "$hosts" kill "$there" ;;
  root_killed) signal_ranks KILL 0 ;;
  root_stopped) signal_ranks STOP 0 ;;
  root_host_crashed) "$hosts" kill node2 ;; # with FROM=2
  mpirun_killed) kill_on node1 '^mpirun' ;;
  run_killed) "$hosts" run node1 pkill -KILL -o -x cohort-run ;; # the front, not its keeper
  everything_killed) for host in node1 node2 node3 node4; do kill_on "$host" "$every_name"; done 2>/dev/null ;;
  launcher_host_crashed) "$hosts" kill node1 ;;
  *) fail "unknown fault $1" ;;
  esac
}

left_on() { "$hosts" run "$1" pgrep -fa -- "$every_name"; }
none_left() {
  local host living
  living=$("$hosts" status | awk '$3 != "dead" { print $1 }')
  [ -n "$living" ] || return 1
  for host in $living; do
    left_on "$host" >>left
    [ $? = 1 ] || return 1 # pgrep has found none
  done
}
# nothing_left SECONDS: on no host that runs, once all cables are plugged in again; nor a file of cohort-run's.
nothing_left() {
  local host
  for host in $("$hosts" status | awk '/unplugged/ { print $1 }'); do "$hosts" plug "$host"; done
  local begun
  begun=$(now)
  : >left
  within "$1" none_left || { fail "left after $1 s:"; sort left | uniq -c | sort -rn | head -n 20 >&2; }
  cleared=$(seconds_since "$begun")
}
