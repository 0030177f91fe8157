# Sourced by hosts: how hosts come and go.
# shellcheck shell=bash disable=SC2154

up() {
  local n=${1-}
  [[ ${n:-4} =~ ^[1-9][0-9]?$ ]] || wrong_call "there cannot be $n hosts (1 to 99 can be)"
  if is_up; then
    [ "${n:-$(cat "$bed/count")}" = "$(cat "$bed/count")" ] ||
      die "$(cat "$bed/count") hosts are up in $bed, not $n; take them down first ($here/hosts down), or name another folder with COHORT_BED"
    repair
  else
    ! exists || down_quietly # what an interrupted run has left
    make "${n:-4}"
  fi
  echo "$(cat "$bed/count") hosts are up: $(hosts | paste -sd ' ')"
}

make() {
  local host
  mkdir -m 700 "$bed" || die "$bed cannot be made; remove it if nobody needs it, or name another folder with COHORT_BED"
  trap 'down_quietly' EXIT # unless all goes well
  echo "$1" >"$bed/count"
  write_etc "$1"
  begin switch --net --mount -- "$here/bed/switch.sh"
  soon test -e "$bed/switch/ready" || die "the switch does not work: $(cat "$bed/switch/log")"
  for host in $(hosts); do start_host "$host"; done
  for host in $(hosts); do await_host "$host"; done
  touch "$bed/complete"
  trap - EXIT
}

repair() {
  local host
  for host in $(hosts); do
    boot_host "$host"
    plug_host "$host"
    straighten "$host"
  done
}

down() {
  exists || { [ ! -e "$bed" ] || die "$bed is no folder of hosts; it is left alone"; echo "no hosts are up"; return; }
  down_quietly
  echo "the hosts are gone"
}

down_quietly() {
  local name
  for name in "$bed"/*/pid; do
    [ ! -e "$name" ] || end "$(basename "${name%/pid}")"
  done
  rm -rf "${bed:?}"
}

boot_host() {
  ! alive "$1" || return 0
  start_host "$1"
  await_host "$1"
}

# start_host HOST: its cable is new; its address on the wire (set by its pid 1) is that of before.
start_host() {
  rm -rf "${bed:?}/$1"
  begin "$1" --net --uts --ipc --mount -- "$here/bed/init.sh"
  on_switch ip link del "to_$1" 2>/dev/null || true
  on_switch ip link add "to_$1" type veth peer name eth0 netns "$(init_of "$1")" 2>>"$bed/$1/log" || host_failed "$1"
  on_switch ip link set "to_$1" master lan up
}

await_host() { soon test -e "$bed/$1/ready" || host_failed "$1"; }
host_failed() { die "$1 does not boot: $(cat "$bed/$1/log" "$bed/$1/sshd.log" 2>/dev/null)"; }

# A power failure: the cable first, or its end would say goodbye for every connection.
kill_host() {
  must_be_alive "$1"
  straighten "$1"
  on_switch ip link set "to_$1" down
  end "$1"
}

status() {
  local host state
  must_be_up
  for host in $(hosts); do
    state=running
    alive "$host" || state=dead
    [ ! -e "$bed/$host/unplugged" ] || state="$state, unplugged"
    [ ! -e "$bed/$host/delay" ] || state="$state, delayed by $(cat "$bed/$host/delay") ms"
    [ ! -e "$bed/$host/lossy" ] || state="$state, loses $(cat "$bed/$host/lossy") %"
    printf '%s %s %s\n' "$host" "$network.${host#node}" "$state"
  done
}
