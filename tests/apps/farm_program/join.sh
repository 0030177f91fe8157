#!/bin/bash
# join.sh RANKS FARM MPIRUN...: a running cohort-farm gets help from another job of RANKS ranks (0: one without mpirun), which comes
# and goes, is killed, or loses its farm. Every check names itself when it fails; the exit status is the number of failures.
set -u
. "$(dirname "$0")/../../support/checks.sh"
ranks=$1 farm=$2
shift 2
job=("$farm")
[ "$ranks" = 0 ] || job=("$@" "$ranks" "$farm")
slots=$((ranks > 1 ? ranks : 1))
cd "$work" || exit 1
mark=8642$$ # at the end of this run's sleeps
run=run.$mark # the journal's directory: other runs of this script are not ours to signal
within() { # within SECONDS COMMAND...: until it succeeds
  local i most=$(($1 * 20))
  shift
  for ((i = 0; i < most; ++i)); do "$@" && return 0; sleep 0.05; done
  return 1
}
# write_tasks N SECONDS: each leaves its number, with the rank where it began, in begun, and prints it when it ends.
# shellcheck disable=SC2016
write_tasks() { seq "$1" | sed "s/.*/echo \"& \$COHORT_RANK\" >>begun; sleep $2$mark; echo & >>ended; echo &/" >tasks; }
start_farm() { # start_farm OPTION...
  rm -f begun ended
  "${job[@]}" --journal "$run" --joblog log "$@" tasks >out 2>err </dev/null &
  farm_pid=$!
}
start_joiner() { # start_joiner OPTION...
  "${job[@]}" --join "$run" "$@" >joined 2>joiner </dev/null &
  joiner_pid=$!
}
finish() { wait "$farm_pid"; status=$?; }
left() { wait "$joiner_pid"; joiner_status=$?; }
by_joiner() { awk -v own="$slots" '$2 >= own' begun 2>/dev/null | sort -u | wc -l; }
joiner_works() { [ "$(by_joiner)" -ge "$1" ]; }
commands() { pgrep -f "^sleep [0-9.]*$mark\$"; }
nothing_runs() { ! commands >/dev/null; }
pids_of() { pgrep -f -- "$farm --$1 $run"; } # of all ranks: journal or join
twice() { cut -d' ' -f1 begun | sort | uniq -d | wc -l; }
# every task has ended once and is in the log once, as done.
each_once() { # each_once NAME N
  check "$1: each result once" is "$(sort -n out | tr '\n' ' ')" "$(seq "$2" | tr '\n' ' ')"
  check "$1: each logged once" is "$(tail -n +2 log | cut -f1,7,8 | sort -n | tr '\t\n' ', ')" "$(seq "$2" | sed 's/$/,0,0/' | tr '\n' ' ')"
  check "$1: no command is left" within 5 nothing_runs
  check "$1: nothing is left in the journal's directory" is "$(ls "$run")" journal
  rm -rf "$run"
}

# It works along until the farm ends.
write_tasks $((slots * 60)) 0.1
start_farm
start_joiner -j 2
finish
left
check 'along: the farm succeeds' is "$status" 0
check 'along: so does who joined' is "$joiner_status" 0
check 'along: it worked' joiner_works 5
check 'along: so did the farm' [ "$(by_joiner)" -lt $((slots * 60)) ]
check 'along: none was begun twice' is "$(twice)" 0
check 'along: it says how many' is "$(grep -c "^cohort-farm: left the farm on .* after $(by_joiner) tasks*: the farm has ended$" joiner)" 1
check 'along: it prints nothing' [ ! -s joined ]
check 'along: the farm says who has come' grep -q "has joined as rank $slots, and runs $((slots * 2)) at a time" err
check 'along: and names it in its summary' grep -Eq "^ +$slots  [^ ]+ +$(by_joiner) " err
each_once along $((slots * 60))

# It leaves at a signal, and the farm goes on.
for signal in TERM USR1; do
  write_tasks $((slots * 60)) 0.1
  start_farm
  start_joiner
  check "$signal: it works" within 30 joiner_works 2
  # shellcheck disable=SC2046
  kill -s $signal $(pids_of join)
  left
  finish
  check "$signal: the farm succeeds" is "$status" 0
  check "$signal: it left in order" grep -q "rank $slots on .* has left in order" err
  if [ $signal = USR1 ]; then
    check "$signal: it succeeds" is "$joiner_status" 0
    check "$signal: none was begun twice" is "$(twice)" 0
  else
    check "$signal: it says why" grep -q 'left the farm .*: it was told to by SIGTERM' joiner
  fi
  each_once $signal $((slots * 60))
done

# Its own time is over.
write_tasks $((slots * 80)) 0.1
start_farm
start_joiner --walltime 4 --reserve 1
left
check 'walltime: it succeeds' is "$joiner_status" 0
check 'walltime: it says why' grep -q 'its time is over' joiner
finish
check 'walltime: the farm succeeds' is "$status" 0
check 'walltime: none was begun twice' is "$(twice)" 0
each_once walltime $((slots * 80))

# It is killed, all of it: its commands end at once, and run again when the lease is over.
write_tasks $((slots * 80)) 0.1
start_farm --lease 4s
start_joiner
check 'killed: it works' within 30 joiner_works 2
# shellcheck disable=SC2046
kill -s KILL $(pids_of join)
left
finish
check 'killed: the farm succeeds' is "$status" 0
check 'killed: it is said' grep -q "rank $slots on .* is lost (it has said nothing for [0-9.]* s)" err
check 'killed: not heard any more' is "$(awk -F '\t' '$7 != 0' log | tail -n +2)" ''
each_once killed $((slots * 80))

# The farm is killed: who joined ends its commands and says so. Resumed, the farm runs the rest.
write_tasks $((slots * 60)) 0.2
start_farm --lease 4s
start_joiner
check 'farm killed: it works' within 30 joiner_works 2
# shellcheck disable=SC2046
kill -s KILL $(pids_of journal)
finish
left
check 'farm killed: status' is "$joiner_status" 111
check 'farm killed: said' grep -q 'the farm has not answered for 2 s' joiner
check 'farm killed: the commands of who joined have ended' within 15 nothing_runs
cp out out.before
"${job[@]}" --journal "$run" --joblog log --resume tasks >out 2>err </dev/null
check 'farm killed: resumed' is $? 0
cat out.before >>out
check 'farm killed: all are done' is "$(sort -nu out | tr '\n' ' ')" "$(seq $((slots * 60)) | tr '\n' ' ')"
check 'farm killed: nothing is left' is "$(ls "$run")" journal
rm -rf "$run"

# It is resumed at once, while who had joined still runs what the killed one gave it: that ends first.
write_tasks $((slots * 60)) 0.2
start_farm
start_joiner
check 'resumed at once: it works' within 30 joiner_works 2
# shellcheck disable=SC2046
kill -s KILL $(pids_of journal)
finish
cp out out.before
"${job[@]}" --journal "$run" --joblog log --resume tasks >out 2>err </dev/null
check 'resumed at once: status' is $? 0
left
check 'resumed at once: it has waited' grep -q 'waiting up to 30 s for one on .* that had joined the earlier run' err
check 'resumed at once: who joined left' is "$joiner_status" 111
check 'resumed at once: and said why' grep -q 'the farm is gone, or has given this one up' joiner
cat out.before >>out
check 'resumed at once: all are done' is "$(sort -nu out | tr '\n' ' ')" "$(seq $((slots * 60)) | tr '\n' ' ')"
check 'resumed at once: nothing is left' is "$(ls "$run")" journal
rm -rf "$run"

# Outputs of all sizes, failures, timeouts, and result files.
{
  for i in 1 2 3 4; do echo "sleep 0.5$mark; head -c $((i * 300000)) /dev/zero | tr '\\0' x; echo e$i >&2"; done
  echo "sleep 0.2; exit 3"
  echo 'sleep 600.'$mark
  seq 20 | sed "s/.*/sleep 0.1$mark; echo &/"
} >tasks
start_farm --timeout 5 -k
start_joiner -j 4
finish
left
check 'outputs: two failed' is "$status" 2
check 'outputs: all bytes' is "$(tr -d -c x <out | wc -c)" 3000000
check 'outputs: in their order' is "$(tr -d x <out | tail -n 20 | tr '\n' ' ')" "$(seq 20 | tr '\n' ' ')"
check 'outputs: errors' is "$(grep -c '^e[1-4]$' err)" 4
check 'outputs: the failure is logged' is "$(awk -F '\t' '$1 == 5 { print $7 }' log)" 3
check 'outputs: the timeout is logged' is "$(awk -F '\t' '$1 == 6 { print $7 }' log)" -1
check 'outputs: nothing is left' is "$(ls "$run")" journal
rm -rf "$run"
write_tasks $((slots * 30)) 0.1
start_farm --results results
mkdir elsewhere && cd elsewhere || exit 1
"${job[@]}" --join "../$run" >../joined 2>../joiner </dev/null &
joiner_pid=$!
cd ..
finish
left
check 'results: both succeed' is "$status $joiner_status" '0 0'
check 'results: each' is "$(cat results/*/stdout | sort -n | tr '\n' ' ')" "$(seq $((slots * 30)) | tr '\n' ' ')"
check 'results: it worked where the farm does' joiner_works 1
rm -rf "$run"

# It comes while the farm drains: it is given nothing, and ends with the farm.
write_tasks $((slots * 4)) 4.0
start_farm
check 'draining: it begins' within 30 [ -s begun ]
# shellcheck disable=SC2046
kill -s USR1 $(pids_of journal)
check 'draining: it is said' within 10 grep -q 'nothing more is started' err
start_joiner
finish
left
check 'draining: the farm is to be resumed' is "$status" 75
check 'draining: who joined succeeds' is "$joiner_status" 0
check 'draining: it ran nothing' is "$(by_joiner)" 0
check 'draining: what had begun is done' is "$(sort -n out)" "$(cut -d' ' -f1 begun | sort -n)"
check 'draining: nothing is left' is "$(ls "$run")" journal
rm -rf "$run"

# Its clock is ten hours ahead (where the system lets us have one of our own), and the paths have spaces.
ahead=(unshare --time --fork --monotonic 36000 --boottime 36000)
"${ahead[@]}" true 2>/dev/null || ahead=()
mkdir 'a b' && cd 'a b' || exit 1
spaced="c  d $mark"
sed 's/@/ /' >tasks <<<"$(seq $((slots * 40)) | sed "s/.*/echo \"& \$COHORT_RANK\" >>begun; sleep 0.1$mark; echo &/")"
"${job[@]}" --journal "$spaced" --joblog log --results 'r  s' tasks >out 2>err </dev/null &
farm_pid=$!
"${ahead[@]}" "${job[@]}" --join "$spaced" >joined 2>joiner </dev/null &
joiner_pid=$!
finish
left
check 'spaces: both succeed' is "$status $joiner_status" '0 0'
check 'spaces: it worked' joiner_works 2
check 'spaces: none was begun twice' is "$(twice)" 0
check 'spaces: each' is "$(cat 'r  s'/*/stdout | sort -n | tr '\n' ' ')" "$(seq $((slots * 40)) | tr '\n' ' ')"
check 'spaces: each logged once' is "$(tail -n +2 log | cut -f1,7,8 | sort -n | tr '\t\n' ', ')" "$(seq $((slots * 40)) | sed 's/$/,0,0/' | tr '\n' ' ')"
check 'spaces: nothing is left' is "$(ls "$spaced")" journal
cd .. || exit 1

# What cannot be joined.
refused() { # refused NAME MESSAGE OPTION...
  local name=$1 message=$2
  shift 2
  at_once timeout 60 "${job[@]}" "$@" >joined 2>joiner </dev/null
  check "$name: status" is $? 255
  check "$name: said" grep -q -e "$message" joiner
}
mkdir "$run"
case $ranks in # one may come yet: each of these takes 10 s
0) refused 'no directory' 'there is no farm to join in .*nowhere' --join nowhere ;;
2) refused 'no farm' 'none runs there now' --join "$run" ;;
esac
refused 'with a list' '--join does not go with a file of tasks' --join "$run" tasks
refused 'with --timeout' '--join does not go with --timeout' --join "$run" --timeout 3
refused 'a lease alone' '--lease needs --journal' --lease 5s tasks
refused 'a short lease' '--lease is too short' --journal "$run" --lease 1s tasks

[ "$failures" = 0 ] && echo 'all as expected'
exit "$failures"
