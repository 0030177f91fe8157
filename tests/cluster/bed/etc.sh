# Sourced by hosts: the files that every host has in its /etc. They are what makes it look like a node of a cluster.
# shellcheck shell=bash disable=SC2154

# write_etc N
write_etc() {
  local etc=$bed/etc i
  mkdir "$etc" "$etc/slurm"
  ssh-keygen -q -t ed25519 -N '' -C cohort-bed -f "$etc/id" </dev/null
  ssh-keygen -q -t ed25519 -N '' -C cohort-bed -f "$etc/host_key" </dev/null
  echo '127.0.0.1 localhost' >"$etc/hosts"
  for i in $(seq "$1"); do
    echo "$network.$i node$i" >>"$etc/hosts"
    echo "node$i slots=2" >>"$etc/hostfile"
    echo "node$i,$network.$i $(cut -d ' ' -f 1,2 "$etc/host_key.pub")" >>"$etc/known_hosts"
  done
  write_ssh
  write_openmpi
}

# Any host reaches any other without a password. A host that falls silent is given up after six seconds.
write_ssh() {
  cat >"$bed/etc/ssh_config" <<EOT
Host *
  User root
  IdentityFile $bed/etc/id
  IdentitiesOnly yes
  UserKnownHostsFile $bed/etc/known_hosts
  StrictHostKeyChecking yes
  BatchMode yes
  ConnectTimeout 5
  ServerAliveInterval 3
  ServerAliveCountMax 2
  LogLevel ERROR
EOT
  cat >"$bed/etc/sshd_config" <<EOT
HostKey $bed/etc/host_key
AuthorizedKeysFile $bed/etc/id.pub
SetEnv OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 TMPDIR=/run/tmp
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
UseDNS no
MaxStartups 100
PidFile none
EOT
}

# The hosts share this machine's cores: without these, both ends of a message are tied to the same core, and spin there.
write_openmpi() {
  local theirs=/etc/openmpi/openmpi-mca-params.conf
  [ -f "$theirs" ] || return 0
  cp "$theirs" "$bed/etc/openmpi-mca-params.conf"
  cat >>"$bed/etc/openmpi-mca-params.conf" <<EOT

hwloc_base_binding_policy = none
mpi_yield_when_idle = 1
EOT
}
