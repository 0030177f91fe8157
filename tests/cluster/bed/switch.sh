#!/usr/bin/env bash
# switch.sh BED switch: pid 1 of the switch, a network namespace with a bridge on which every host's cable ends.
set -eu
bed=$1
ip link add lan type bridge
ip link set lan up
touch "$bed/$2/ready"
# If somebody removes the folder, and perhaps makes it anew, there is no other way to end this.
folder=$(stat -c %d:%i "$bed")
while [ "$(stat -c %d:%i "$bed" 2>/dev/null)" = "$folder" ]; do sleep 1; done
