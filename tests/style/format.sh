#!/bin/sh
# Every source is as clang-format leaves it.
set -u
cd "$1" || exit 1
if ! command -v clang-format >/dev/null; then
  echo "clang-format is not installed; install it: apt-get install clang-format" >&2
  exit 1
fi
find -L src apps tests -name '*.cpp' -o -name '*.hpp' | sort | xargs clang-format --dry-run --Werror --style=file
