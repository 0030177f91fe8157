#!/bin/sh
# checksum.sh FILE: prints the SHA-256 checksum of the file compressed with gzip -9, and the file's name. Fails if the file
# cannot be read or compressed: the status of a pipe is its last command's, so gzip's success is told beside it.
set -eu
result=$({ { gzip -9 -c <"$1" && echo compressed >&3; } | sha256sum; } 3>&1)
checksum=${result#compressed
}
[ "$checksum" != "$result" ] || exit 1
printf '%s  %s\n' "${checksum%% *}" "$1"
