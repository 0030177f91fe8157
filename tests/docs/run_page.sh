#!/usr/bin/env bash
# run_page.sh PAGE FOLDER...: every ```sh block of the page is run, in one folder from top to bottom, with the programs of the
# FOLDERs; a block marked "<!-- output -->" is to the letter what the commands before it print to standard output.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/support/checks.sh
. "$here/../support/checks.sh"
page=$1
shift
for folder in "$@"; do PATH=$folder:$PATH; done
mkdir "$work/blocks" "$work/run"
awk '
  /^```/ && inside { inside = 0; mark = ""; close(file); next }
  /^```sh$/ { file = sprintf("%s/%03d.sh", folder, ++n); printf "" >file; inside = 1; next }
  /^```$/ && mark == "output" { file = sprintf("%s/%03d.output", folder, n); printf "" >file; inside = 1; next }
  /^```/ { file = "/dev/null"; inside = 1; next }
  inside { print >file; next }
  /^<!-- output -->$/ { mark = "output" }
' folder="$work/blocks" "$page"
cd "$work/run" || exit 1
for block in "$work"/blocks/*.sh; do
  bash -e "$block" >out 2>err </dev/null
  check "$(cat "$block")" is "$?" 0
  [ ! -e "${block%.sh}.output" ] || check "$(cat "$block")" is "$(cat out)" "$(cat "${block%.sh}.output")"
done
check 'the page has commands' [ -e "$work/blocks/001.sh" ]
exit $failures
