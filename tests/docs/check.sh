#!/bin/sh
# check.sh PAGE SOURCE...: every C++ block of the page is, to the letter, an example of the sources, which are compiled
# and run as tests. In the page a block follows the line "<!-- example: NAME -->"; in a source it stands between
# "// example: NAME" and "// end", indented as the marker is.
set -eu
page=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

awk '
  /^<!-- example: .* -->$/ { name = $3; next }
  /^```cpp$/ { if (name == "") { print FILENAME ":" FNR ": a block without an example marker" > "/dev/stderr"; bad = 1 } inside = 1; print "== " name; next }
  /^```$/ && inside { inside = 0; name = ""; next }
  inside { print }
  END { exit bad }
' "$page" >"$work/page"

awk '
  { line = $0; sub(/^ +/, "", line) }
  line ~ /^\/\/ example: / { name = substr(line, 13); indent = length($0) - length(line); inside = 1; text[name] = "== " name "\n"; next }
  line == "// end" && inside { inside = 0; next }
  inside { text[name] = text[name] substr($0, indent + 1) "\n" }
  END { for (name in text) { file = dir "/" name; printf "%s", text[name] > file; close(file) } }
' dir="$work" "$@"

status=0
: >"$work/sources"
for name in $(sed -n 's/^== //p' "$work/page"); do
  if [ -f "$work/$name" ]; then
    cat "$work/$name" >>"$work/sources"
  else
    echo "$page shows the example $name, which no source holds" >&2
    status=1
  fi
done
diff "$work/page" "$work/sources" || { echo "$page differs from the sources: < page, > sources" >&2; status=1; }
[ -s "$work/page" ] || { echo "$page shows no example" >&2; status=1; }
exit $status
