#!/bin/bash
# headers.sh ROOT WORK COMPILER FLAG...: compiles (syntax only) every header under ROOT, none of which may need more than it
# includes itself. Several to a translation unit, as chains.awk arranges them: each on its own would take three times as long.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$1 work=$2
shift 2
compile=("$@" -std=c++20 -DOMPI_SKIP_MPICXX)
hubs='cohort/core/communicator.hpp cohort/dispatch/types.hpp'

mapfile -t headers < <(find "$root/cohort" -name '*.hpp' | sort)
[ ${#headers[@]} -ge 40 ] || { echo "only ${#headers[@]} headers found; is $root the right place?"; exit 1; }
unguarded=$(grep -L '^#pragma once$' "${headers[@]}")
[ -z "$unguarded" ] || { printf 'these lack #pragma once:\n%s\n' "$unguarded"; exit 1; }
rm -rf "$work"
mkdir -p "$work"
cd "$work" || exit 1
awk -v root="$root" -v hubs="$hubs" -f "$here/chains.awk" "${headers[@]}" >units
listed=$(cut -d ' ' -f 2- units | tr ' ' '\n' | sort)
[ "$listed" = "$(printf '%s\n' "${headers[@]#"$root/"}" | sort)" ] || { echo 'not every header is in one unit'; exit 1; }

for hub in $hubs; do
  echo "#include <$hub>" >"$(basename "$hub")"
  "${compile[@]}" -x c++-header -o "$(basename "$hub").gch" "$(basename "$hub")" || exit 1
done
number=0
while read -r hub included; do
  number=$((number + 1))
  # shellcheck disable=SC2086
  printf '#include <%s>\n' $included >"$number.cpp"
  [ "$hub" = - ] && echo "$number.cpp" || echo "-include $(basename "$hub") $number.cpp"
done <units >commands
xargs -P 2 -L 1 "${compile[@]}" -fsyntax-only <commands || { echo 'these do not compile on their own'; exit 1; }
echo "${#headers[@]} headers compile on their own, in $number translation units"
