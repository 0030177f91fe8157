# Sourced by quickstart and run-tests: what both need before they can build. Works on Debian 12 and its relatives.
# shellcheck shell=sh disable=SC2034

# Packages for building and running; run-tests adds those that only tests need.
build_packages="g++ cmake ninja-build openmpi-bin libopenmpi-dev libboost-mpi-dev libboost-serialization-dev libfmt-dev libcli11-dev libgmp-dev libsqlite3-dev nlohmann-json3-dev"
test_packages="libgtest-dev clang libclang-rt-dev llvm clang-format clang-tidy parallel ccache procps shellcheck"
# Hosts and a Slurm to test on (tests/cluster), which only root can make.
cluster_packages="iproute2 util-linux mount openssh-client openssh-server nftables munge slurmctld slurmd slurm-client slurm-wlm-basic-plugins"
[ "$(id -u)" != 0 ] || test_packages="$test_packages $cluster_packages"

say() { printf '%s\n' "== $*" >&2; }
die() { printf '%s\n' "$0: $*" >&2; exit 1; }

# install_missing PACKAGE...: installs those that are not there, as root or with sudo; otherwise says how and stops.
install_missing() {
  command -v dpkg-query >/dev/null || die "this is not Debian (no dpkg-query); install the equivalents of: $*"
  missing=
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^.i' || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  command="apt-get install -y --no-install-recommends$missing"
  if [ "$(id -u)" = 0 ]; then
    sudo=
  elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    sudo=sudo
  else
    die "packages are missing and this user cannot install them; run this as root, then try again:
  apt-get update && $command"
  fi
  say "Installing what is missing:$missing"
  # shellcheck disable=SC2086
  { $sudo apt-get -q update && asleep "$(services_of $missing)" $sudo env DEBIAN_FRONTEND=noninteractive $command; } >&2 ||
    die "the installation failed; see above"
}

# services_of PACKAGE...: the services that come with them.
services_of() {
  for package in "$@"; do
    case $package in
    openssh-server) printf 'ssh ' ;;
    munge | slurmctld | slurmd) printf '%s ' "$package" ;;
    esac
  done
}

# asleep SERVICES INSTALLATION...: the services that it brings run in the test beds alone; on this machine they do not start,
# now or at its next boot.
asleep() (
  services=$1
  shift
  policy=/usr/sbin/policy-rc.d # what Debian's packages ask before they start a service
  if [ -n "$services" ] && [ ! -e $policy ]; then
    trap '$sudo rm -f $policy' EXIT
    trap 'exit 1' HUP INT TERM
    # shellcheck disable=SC2016
    printf '#!/bin/sh\nfor service in %s; do [ "${1%%.service}" != $service ] || exit 101; done\n' "$services" |
      $sudo tee $policy >/dev/null
    $sudo chmod 755 $policy
  fi
  "$@" && status=0 || status=$? # what has been installed must not start later either
  for service in $services; do
    [ -e "/etc/init.d/$service" ] || continue
    $sudo update-rc.d "$service" disable && { [ ! -d /run/systemd/system ] || $sudo systemctl stop "$service"; } || exit
  done
  exit "$status"
)

# configured BUILD: whether this folder was configured for this very source tree: not so in a copied or moved repository.
configured() {
  [ -f "$1/build.ninja" ] && [ -f "$1/CMakeCache.txt" ] || return 1
  home=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$1/CMakeCache.txt")
  [ "$(cd -- "$home" 2>/dev/null && pwd -P)" = "$(pwd -P)" ]
}

# Open MPI refuses to run as root unless told twice that this is meant (a container, a test machine).
allow_root() {
  [ "$(id -u)" = 0 ] || return 0
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
}
