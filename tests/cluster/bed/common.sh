# Sourced by hosts and slurm: where the bed is, and how its namespaces are entered.
# shellcheck shell=bash disable=SC2154

bed=${COHORT_BED:-/tmp/cohort-bed}
bed=${bed%/}
export network=10.77.0
export PATH="$PATH:/usr/sbin:/sbin" # which plain su leaves out
cannot=77 # exit status where hosts cannot be made at all; ctest counts such tests as skipped

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

wrong_call() {
  printf '%s: %s; see %s --help\n' "${0##*/}" "$*" "$0" >&2
  exit 2
}

# arguments LEAST MOST ARGUMENT...: complains about their number.
arguments() {
  local least=$1 most=$2
  shift 2
  [ $# -ge "$least" ] || wrong_call "$command needs more than $# arguments"
  [ $# -le "$most" ] || wrong_call "$command takes no more than $most arguments ($# are given)"
}

# The bed's name goes into configuration files, unquoted; hosts have folders of their own in place of some.
case $bed in
*[!A-Za-z0-9_./+-]*) wrong_call "COHORT_BED is '$bed' (only letters, digits and _./+- can be in it); name another folder" ;;
/run/* | /dev/* | /proc/* | /sys/*) wrong_call "COHORT_BED is $bed (which hosts do not share); name a folder elsewhere, below /tmp say" ;;
/*/*) ;;
*) wrong_call "COHORT_BED is '$bed' (it must be a whole path, below another folder); name one below /tmp, say" ;;
esac

# soon COMMAND...: tries it until it succeeds, for half a minute.
soon() {
  local end=$((SECONDS + 30))
  until "$@" 2>/dev/null; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.02
  done
}

need_root() {
  [ "$(id -u)" != 0 ] || return 0
  echo "${0##*/}: hosts are made of namespaces, which needs root; run this as root" >&2
  exit $cannot
}

# One change at a time, whoever makes it. The lock is on the folder around the bed, since the bed itself goes away.
lock() {
  need_root
  exec 9<"${bed%/*}" || die "${bed%/*} cannot be read; make it, or name another place with COHORT_BED"
  flock -w 60 9 || die "somebody else has been changing the hosts in $bed for a minute; try again, or name another folder with COHORT_BED"
}

# Why hosts cannot be made here, if so.
may_make_hosts() {
  local tool missing=
  [ ! -e /run/cohort-host ] || wrong_call "this is one of the hosts; call $0 outside of them"
  need_root
  for tool in ip:iproute2 unshare:util-linux mount:mount pgrep:procps sshd:openssh-server ssh:openssh-client nft:nftables; do
    command -v "${tool%:*}" >/dev/null || missing="$missing ${tool#*:}"
  done
  [ -z "$missing" ] || die "programs are missing; install them: apt-get install --no-install-recommends$missing"
  if ! unshare --net --uts --ipc --pid --mount --fork true 2>/dev/null; then
    echo "${0##*/}: this root may not make namespaces (a container without CAP_SYS_ADMIN?); run this outside of it" >&2
    exit $cannot
  fi
}

# --- the bed and its hosts ---

exists() { [ -f "$bed/count" ]; }
is_up() { [ -f "$bed/complete" ] && alive switch; }
must_be_up() {
  need_root
  is_up || die "no hosts are up in $bed; begin with: ${here:?}/hosts up"
}
hosts() { seq -f 'node%g' "$(cat "$bed/count")"; }

must_be_host() {
  must_be_up
  hosts | grep -qxF -- "$1" || die "there is no host $1; the hosts are $(hosts | paste -sd ' ')"
}

must_be_alive() {
  must_be_host "$1"
  alive "$1" || die "$1 is dead; boot it first: $here/hosts boot $1"
}

# alive NAME: the process that was noted is there, and is the one that was noted: its command line names this bed.
alive() {
  local pid
  pid=$(cat "$bed/$1/pid" 2>/dev/null) && [ -n "$pid" ] && grep -qzxF -- "$bed" "/proc/$pid/cmdline" 2>/dev/null
}

gone() { ! alive "$1"; }
init_of() { pgrep -P "$(cat "$bed/$1/pid")"; }
has_init() { gone "$1" || init_of "$1" >/dev/null; }

# keep_only_lock: closes what the caller has left open, a lock or a pipe, which is not for those who stay.
keep_only_lock() {
  local fd
  for fd in "/proc/$BASHPID/fd/"*; do
    fd=${fd##*/}
    case $fd in 0 | 1 | 2 | 9 | 255) ;; *) exec {fd}>&- ;; esac
  done
}

# begin NAME UNSHARE-OPTION... -- SCRIPT: runs it with the arguments BED NAME as pid 1 of namespaces of its own. Whatever
# runs in them ends with it. What is begun is noted before it begins, and under the lock: killed at any moment, this leaves
# nothing that "down" does not find.
begin() {
  local name=$1
  shift
  mkdir -p "$bed/$name"
  {
    echo "$BASHPID" >"$bed/$name/pid"
    keep_only_lock
    exec setsid unshare --fork --kill-child --pid --mount-proc "${@:1:$#-2}" -- bash "${@: -1}" "$bed" "$name" \
      </dev/null >"$bed/$name/log" 2>&1 9<&-
  } &
  soon alive "$name" || true
  soon has_init "$name" || true
  alive "$name" || die "$name cannot be started: $(cat "$bed/$name/log")"
}

# end NAME: with everything that runs in its namespaces.
end() {
  alive "$1" || return 0
  kill -KILL "$(init_of "$1" || cat "$bed/$1/pid")" 2>/dev/null || true
  soon gone "$1" || die "$1 does not end (pid $(cat "$bed/$1/pid"))"
}

# on_switch COMMAND...: where all cables end.
on_switch() { nsenter -t "$(init_of switch)" -n -m -r -W / -- "$@" 9<&-; }
# in_switch COMMAND...: the same as one of its own processes, which ends when it does.
in_switch() { nsenter -t "$(init_of switch)" -n -m -r -p -W / -- "$@" 9<&-; }

# run_on HOST COMMAND...: in this folder. As root, Open MPI wants to be told twice; what is temporary is the host's own.
run_on() {
  local host=$1
  shift
  must_be_alive "$host"
  [ $# != 0 ] || set -- bash
  exec nsenter -t "$(init_of "$host")" -n -u -i -p -m -r -W "$PWD" -- \
    env -u SLURM_CONF OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 TMPDIR=/run/tmp "$@"
}
