# Sourced by slurm: its daemons, and those of munge, by which they know each other.
# shellcheck shell=bash disable=SC2154

need_slurm() {
  local tool missing=
  for tool in slurmctld:slurmctld slurmd:slurmd sbatch:slurm-client munged:munge; do
    PATH=$PATH:/usr/sbin:/sbin command -v "${tool%:*}" >/dev/null || missing="$missing ${tool#*:}"
  done
  [ -z "$missing" ] || die "programs are missing; install them: apt-get install --no-install-recommends$missing slurm-wlm-basic-plugins"
}

must_be_running() {
  must_be_up
  [ -e "$bed/etc/slurm/slurm.conf" ] || die "Slurm is not up in $bed; begin with: $here/slurm up"
}

# on HOST COMMAND...: and come back. What it leaves running keeps nothing open.
on() { (keep_only_lock; run_on "$@" 9<&-); }

slurm_up() {
  local host
  if [ ! -e "$bed/etc/slurm/slurm.conf" ]; then
    mkdir -p "$bed/slurm/state"
    (umask 077 && head -c 128 /dev/urandom >"$bed/slurm/munge.key")
    # No control groups are used. Left to find out by itself which ones there are, slurmd does not start without any, and
    # not with those of version 2 outside of systemd.
    echo CgroupPlugin=cgroup/v1 >"$bed/etc/slurm/cgroup.conf"
    write_slurm_conf "$(cat "$bed/count")" >"$bed/etc/slurm/slurm.conf"
  fi
  for host in $(hosts); do start_daemons "$host"; done
  await_nodes
  echo "Slurm is up: sbatch, srun and squeue work on $(hosts | paste -sd ' ')"
}

# start_daemons HOST: those that do not run there. They put themselves into the background when they work.
start_daemons() {
  mkdir -p "$bed/slurm/spool.$1"
  # shellcheck disable=SC2016
  on "$1" bash -c '
    set -e
    cd /
    exec </dev/null
    mkdir -p /run/munge
    pgrep -x munged >/dev/null || munged --force --key-file="$1/slurm/munge.key" --pid-file=/run/munge/pid --log-file=/run/munge/log --seed-file=/run/munge/seed
    [ "$2" != node1 ] || pgrep -x slurmctld >/dev/null || slurmctld
    pgrep -x slurmd >/dev/null || slurmd -N "$2"' - "$bed" "$1" >>"$bed/$1/daemons.log" 2>&1 ||
    die "the daemons of $1 do not start: $(tail -n 5 "$bed/$1/daemons.log" "$bed/slurm/slurmd.$1.log" 2>/dev/null)"
}

stop_slurmd() { on "$1" pkill -KILL -x slurmd || die "no slurmd runs on $1; start it: $here/slurm start $1"; }

# Until Slurm has heard of all hosts that live.
await_nodes() { soon all_heard || die "not all nodes report to Slurm: $(on node1 sinfo -h -o '%n %T' 2>&1 | paste -sd ' ')"; }
all_heard() {
  local host states
  states=$(on node1 sinfo -h -N -o '%N %T') || return 1
  for host in $(hosts); do
    ! alive "$host" || grep -qE "^$host (idle|mixed|allocated|completing)$" <<<"$states" || return 1
  done
}
