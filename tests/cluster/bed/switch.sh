#!/usr/bin/env bash
# switch.sh BED switch: pid 1 of the switch, a network namespace with a bridge on which every host's cable ends.
set -eu
bed=$1
ip link add lan type bridge
ip link set lan up
touch "$bed/$2/ready"
while [ -d "$bed" ]; do sleep 1; done # if somebody removes the folder, there is no other way to end this
