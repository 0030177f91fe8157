# Sourced by hosts: what can be wrong with a host's cable. All of it happens in the switch.
# shellcheck shell=bash disable=SC2154

must_be_plugged() {
  must_be_alive "$1"
  [ ! -e "$bed/$1/unplugged" ] || die "$1 is unplugged; plug it first: $here/hosts plug $1"
}

unplug_host() {
  must_be_alive "$1"
  on_switch ip link set "to_$1" down
  touch "$bed/$1/unplugged"
}

plug_host() {
  must_be_alive "$1"
  on_switch ip link set "to_$1" up
  rm -f "$bed/$1/unplugged"
}

# straighten HOST: neither delay nor loss.
straighten() {
  delay_host "$1" 0
  lossy_host "$1" 0
}

must_be_numbers() {
  local word
  for word in "$@"; do [[ $word =~ ^[0-9]+(\.[0-9]+)?$ ]] || wrong_call "'$word' is no number (2 and 0.5 are)"; done
}
is_zero() { [[ $1 =~ ^[0.]+$ ]]; }

# delay_host HOST MS [JITTER]: in place of the straight cable comes a longer one, a program (see cable.cpp); many kernels
# have no way to delay packets.
delay_host() {
  local host=$1 ms=$2 jitter=${3:-0}
  must_be_numbers "$ms" "$jitter"
  if is_zero "$ms"; then
    remove_cable "$host"
  else
    [ -e "$bed/$host/delay" ] || insert_cable "$host"
    tell_cable "$host" "$ms $jitter"
    echo "$ms" >"$bed/$host/delay"
  fi
}

# tell_cable HOST LINE: opened for reading too, so that it does not wait for a cable that is gone.
tell_cable() { echo "$2" 1<>"$bed/$1/control"; }

# From to_HOST over a small bridge into the one end, from the other end to the switch.
insert_cable() {
  local host=$1
  [ -x "$bed/cable" ] || c++ -std=c++20 -O1 -o "$bed/cable" "$here/bed/cable.cpp" ||
    die "the delaying cable is not made (it needs a C++ compiler); see above"
  rm -f "$bed/$host/control" "$bed/$host/cable.log"
  : >"$bed/$host/delay"
  mkfifo -m 600 "$bed/$host/control"
  # shellcheck disable=SC2016
  in_switch bash -c 'setsid "$1/cable" "in_$2" "out_$2" "$1/$2/control" </dev/null >"$1/$2/cable.log" 2>&1 &' - "$bed" "$host"
  soon grep -q ready "$bed/$host/cable.log" || {
    remove_cable "$host"
    die "the delaying cable does not work: $(cat "$bed/$host/cable.log")"
  }
  on_switch ip link add "by_$host" type bridge
  on_switch ip link set "by_$host" up
  on_switch ip link set "in_$host" master "by_$host" up
  on_switch ip link set "out_$host" master lan up
  on_switch ip link set "to_$host" master "by_$host"
}

remove_cable() {
  [ -e "$bed/$1/delay" ] || return 0
  on_switch ip link set "to_$1" master lan
  on_switch ip link del "by_$1" 2>/dev/null || true
  tell_cable "$1" end
  rm -f "$bed/$1/control" "$bed/$1/delay"
}

# lossy_host HOST PERCENT: packets are lost at random.
lossy_host() {
  local host=$1 percent=$2 last
  must_be_numbers "$percent"
  [ "${percent%.*}" -le 100 ] || wrong_call "$percent % of the packets cannot be lost (0 to 100 can)"
  if [ -e "$bed/$host/lossy" ]; then
    on_switch nft delete table bridge "lossy_$host"
    rm "$bed/$host/lossy"
  fi
  ! is_zero "$percent" || return 0
  last=$(awk "BEGIN { printf \"%d\", 10000 * $percent - 1 }") # of the numbers from 0 to 999999 that mean a loss
  on_switch nft -f - <<EOT
table bridge lossy_$host {
  chain forward {
    type filter hook forward priority 0;
    iifname "to_$host" numgen random mod 1000000 <= $last drop
    oifname "to_$host" numgen random mod 1000000 <= $last drop
  }
}
EOT
  echo "$percent" >"$bed/$host/lossy"
}
