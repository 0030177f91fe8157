#!/bin/sh
# compile_time.sh [COMPILER] [ROUNDS]: processor seconds to compile a file that includes cohort/cohort.hpp, or one of its
# parts and nothing else, beside boost/mpi.hpp, taking turns. The bars: the whole at most 1.5 of boost/mpi.hpp, each part
# less than the whole. Exit status 1 if one is missed.
# shellcheck disable=SC2034
compiler=${1:-g++} rounds=${2:-5} build=
. "$(dirname "$0")/lib.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags="-std=c++20 -DOMPI_SKIP_MPICXX -Isrc $(mpicxx --showme:compile)"
# shellcheck disable=SC2010
parts=$(cd src && ls cohort/*.hpp | grep -v '^cohort/cohort.hpp$')
for header in boost/mpi.hpp cohort/cohort.hpp $parts; do
  echo "#include <$header>" >"$work/$(echo "$header" | tr / .).cpp"
done
for _ in $(seq "$rounds"); do
  for unit in "$work"/*.cpp; do
    # shellcheck disable=SC2086
    user_seconds "$compiler" $flags -c "$unit" -o "$work/unit.o" >>"${unit%.cpp}.seconds"
  done
done
of() { median <"$work/$(echo "$1" | tr / .).seconds"; }
boost=$(of boost/mpi.hpp) whole=$(of cohort/cohort.hpp)
echo "processor seconds to compile, medians of $rounds rounds with $compiler: boost/mpi.hpp $boost, cohort/cohort.hpp $whole"
bar 'boost/mpi.hpp / cohort/cohort.hpp' "$(ratio "$boost" "$whole")" 0.67
for header in $parts; do bar "cohort/cohort.hpp / $header" "$(ratio "$whole" "$(of "$header")")" 1.00; done
exit $missed
