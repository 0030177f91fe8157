#!/usr/bin/env bash
# init.sh BED HOST: pid 1 of a host. Gives it its name, its own /run, /dev/shm and files of /etc, its address and an sshd;
# then reaps what is orphaned, until it is killed.
set -eu
bed=$1 host=$2 number=${2#node}
what="%d:%i %w" # a folder that is made anew may get the same number, but not the same birth
folder=$(stat -c "$what" "$bed")

hostname "$host"
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/sshd /run/lock
mkdir -m 1777 /run/tmp
echo "$host" >/run/cohort-host

# of FILE PLACE: the bed's file in place of this machine's, if it has one.
of() { [ ! -e "$2" ] || mount --bind "$1" "$2"; }
of "$bed/etc/hosts" /etc/hosts
of /run/cohort-host /etc/hostname
of "$bed/etc/ssh_config" /etc/ssh/ssh_config
of "$bed/etc/openmpi-mca-params.conf" /etc/openmpi/openmpi-mca-params.conf
of "$bed/etc/slurm" /etc/slurm
home=$(getent passwd root | cut -d : -f 6)
[ ! -d "$home/.ssh" ] || mount -t tmpfs -o mode=700 tmpfs "$home/.ssh" # a configuration of one's own would come first

ip link set lo up
until ip link show eth0 >/dev/null 2>&1; do
  [ -d "$bed" ] || exit
  sleep 0.02
done
ip link set eth0 address "02:00:0a:4d:00:$(printf %02x "$number")" # the same after a reboot: nobody has to forget it
ip addr add "${network:?}.$number/24" dev eth0
ip link set eth0 up
ip route add default dev eth0

/usr/sbin/sshd -D -f "$bed/etc/sshd_config" -E "$bed/$host/sshd.log" &
until (: <>"/dev/tcp/${network:?}.$number/22") 2>/dev/null; do sleep 0.02; done
touch "$bed/$host/ready"
# If somebody removes the folder, and perhaps makes it anew, there is no other way to end this.
while [ "$(stat -c "$what" "$bed" 2>/dev/null)" = "$folder" ]; do sleep 1; done
