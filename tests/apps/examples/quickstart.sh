#!/usr/bin/env bash
# quickstart.sh REPOSITORY FARM: runs quickstart with the cohort-farm FARM in a copy of what it needs of the repository, on
# folders with odd names, and compares the checksums with ones computed here.
set -u
repository=$1 farm=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
copy="$work/the copy"
mkdir -p "$copy/src" "$copy/apps" && cd "$work" &&
  cp -r "$repository/quickstart" "$repository/cmake" "$repository/CMakeLists.txt" "$copy" || exit 1
export COHORT_FARM=$farm
failures=0

fail() {
  printf 'FAILED: %s\n' "$*"
  failures=$((failures + 1))
}

# run STATUS ARG...: runs quickstart from here, its output into the files "out" and "err".
run() {
  local want=$1 got
  shift
  "$copy/quickstart" "$@" >out 2>err </dev/null
  got=$?
  [ "$got" = "$want" ] || { fail "exit status $got, not $want: $*"; cat err; }
}

says() { [ "$(grep -acF -- "$1" err)" = 1 ] || { fail "not once on standard error: $1"; cat err; }; }

names=('with space' "quote's" 'double"quote' '100%d %s' 'a&b' 'back\slash\n' '$HOME' '`touch executed`' '$(touch executed)'
  $'invalid \xff utf-8' $'\xc3(; touch executed; echo \x27\xe2\x82' -n '#hash' '*' ';' 'tab	' $'return\r' umlautäö)
folder="odd &\\ 'folder"
mkdir -p "$folder/-deep" empty
for name in "${names[@]}"; do
  printf 'the content of %q\n' "$name" >"$folder/$name"
  printf 'deep: %q\n' "$name" >"$folder/-deep/$name"
done
printf 'never looked at' >"$folder"/$'line\nbreak; touch executed'
mkdir "$folder"/$'line\nbreak' && echo x >"$folder"/$'line\nbreak/file'
: >"$folder/nothing in it"

expected() {
  local file LC_ALL=C # bash's read joins lines at invalid UTF-8
  while IFS= read -r file; do
    printf '%s  %s\n' "$(gzip -9 -c <"$file" | sha256sum | cut -c1-64)" "$file"
  done < <(for name in "${names[@]}"; do printf '%s\n' "$PWD/$folder/$name" "$PWD/$folder/-deep/$name"; done | LC_ALL=C sort)
}
expected >expected
for locale in C C.UTF-8; do
  LC_ALL=$locale run 0 "$folder" # a relative folder is the caller's
  cmp expected "$copy/build/quickstart/checksums.txt" || fail "wrong checksums in the locale $locale"
  says "$((2 * ${#names[@]})) files below $PWD/$folder"
  [ -z "$(find . -name executed)" ] || fail "a part of a name ran as a command"
done

# A file that cannot be compressed fails its task, and the run.
mkdir bin
printf '#!/bin/sh\ncase $(head -c 4) in deep) exit 1 ;; esac\n' >bin/gzip
chmod +x bin/gzip
PATH=$PWD/bin:$PATH run "${#names[@]}" "$folder"
says 'Not all went well'
says ", ${#names[@]} failed"
[ "$(wc -l <"$copy/build/quickstart/checksums.txt")" = "${#names[@]}" ] || fail 'a checksum of what could not be compressed'

run 1 empty
says "no file to work on below $PWD/empty "
run 1 missing
says 'missing is not a folder'
run 1 empty empty
says '2 arguments are given'
run 1 --wrong
says 'unknown option --wrong'
run 0 --help
grep -q 'first 500 files' out || fail 'the help does not say how many files'

# Without a cohort-farm it is configured and built: once, but anew in a tree that was copied. Stubs instead of the tools.
unset COHORT_FARM
printf '#!/bin/sh\necho ii\n' >bin/dpkg-query
cat >bin/cmake <<'STUB'
#!/bin/sh
echo "stub cmake $*" >&2
case $* in *--build*) mkdir -p build/quickstart/apps/farm; printf '#!/bin/sh\n' >build/quickstart/apps/farm/cohort-farm
  chmod +x build/quickstart/apps/farm/cohort-farm; exit ;; esac
mkdir -p build/quickstart
: >build/quickstart/build.ninja
echo "CMAKE_HOME_DIRECTORY:INTERNAL=$(pwd)" >build/quickstart/CMakeCache.txt
STUB
printf '#!/bin/sh\n' >bin/mpirun
rm bin/gzip
chmod +x bin/*
PATH=$PWD/bin:$PATH run 0 "$folder"
says 'stub cmake --fresh'
says 'stub cmake --build'
PATH=$PWD/bin:$PATH run 0 "$folder"
! grep -q 'stub cmake' err || { fail 'configured or built twice'; cat err; }
touch -d '+1 minute' "$copy/src/newer"
PATH=$PWD/bin:$PATH run 0 "$folder"
says 'stub cmake --build'
rm "$copy/src/newer"
cp -r "$copy" another
copy=$work/another
PATH=$PWD/bin:$PATH run 0 "$folder"
says 'stub cmake --fresh'
says 'stub cmake --build'

[ "$failures" = 0 ] || exit 1
echo 'all as expected'
