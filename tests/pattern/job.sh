# Sourced by the scripts that kill a job and look what is left of it. $mark, which begins with c, is an argument of the
# job's processes and of no other.

# The processes of the job, the launcher apart: those whose command line has the mark for an argument (unlike that of grep).
ours() {
  grep -lzx "[c]${mark#c}" /proc/[0-9]*/cmdline 2>/dev/null | sed 's,/proc/,,; s,/cmdline,,' | grep -vx "$launcher"
}
count() { "$1" | wc -l; }

# begin WHICH N COMMAND...: starts the job, and waits until N processes are among those that WHICH lists.
begin() {
  which=$1 wanted=$2
  shift 2
  "$@" &
  launcher=$!
  i=0
  while [ "$(count "$which")" -lt "$wanted" ] && [ $i -lt 300 ]; do
    i=$((i + 1))
    sleep 0.1
  done
  [ "$(count "$which")" -ge "$wanted" ] || { echo "the job did not begin"; kill -9 $launcher; exit 1; }
}

# Waits until no process of the job is left, for half a minute at most.
await_end() {
  i=0
  while [ "$(count ours)" -ne 0 ] && [ $i -lt 300 ]; do
    i=$((i + 1))
    sleep 0.1
  done
}
