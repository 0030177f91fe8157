#!/bin/bash
# program.sh COHORT_RUN JOB FARM: cohort-run as users run it. Every check names itself when it fails; the exit status is
# the number of failures.
set -u
. "$(dirname "$0")/../../support/checks.sh"
run=$1 job=$2 farm=$3
unset OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM  # setting them is cohort-run's business
cd "$work" || exit 1
pids() { sed -n 's/^up //p' log 2>/dev/null; }
alive() { local p; for p in $(pids); do [ "$(sed 's/.*) //' "/proc/$p/stat" 2>/dev/null | cut -c1)" ] && ! grep -q '^State:.Z' "/proc/$p/status" 2>/dev/null && echo "$p"; done; }
within() { # within SECONDS COMMAND...: until it succeeds
  local i most=$(($1 * 20))
  shift
  for ((i = 0; i < most; ++i)); do "$@" && return 0; sleep 0.05; done
  return 1
}
up() { [ "$(grep -c '^up' log 2>/dev/null)" = "$1" ]; }
none_alive() { [ -z "$(alive)" ]; }
nothing_left() { # no rank, and no file
  check "$1: no rank is left" within 10 none_alive
  check "$1: no verdict is left" is "$(find . "${TMPDIR:-/tmp}" -maxdepth 1 -name ".cohort-verdict.*.$pid*" 2>/dev/null)" ''
}
start() { rm -f log; "$run" "$@" >out 2>err </dev/null & pid=$!; } # in the background
finish() { wait "$pid"; status=$?; }

# Statuses.
"$run" -n 2 "$job" exit 0 >out 2>err </dev/null; check 'success' is $? 0
"$run" -n 3 "$job" exit 7 >out 2>err </dev/null; check 'the status of a rank' is $? 7
"$run" -n 3 "$job" raise 6 >out 2>err </dev/null; check 'a signal' is $? 134
"$run" -n 2 ./no-such-program >out 2>err </dev/null; check 'no such program' is $? 125
check 'no such program, said' is "$(cat err)" 'cohort-run: ./no-such-program cannot be started (No such file or directory); give its path, or mend PATH'
"$run" --fault-tolerant -n 2 no-such-program >out 2>err </dev/null; check 'no such program, fault-tolerant' is $? 125
check 'not in PATH, said' grep -q 'no-such-program cannot be started (no executable file of this name is in PATH)' err
"$run" --fault-tolerant --host localhost:2 . >out 2>err </dev/null; check 'a folder' is "$? $(cat err)" '125 cohort-run: . cannot be started (no executable file of this name is in PATH); give its path, or mend PATH'
"$run" >out 2>err </dev/null; check 'no command' is $? 125
PATH=/nowhere "$run" "$job" exit 0 >out 2>err </dev/null; check 'no mpirun' is $? 125
check 'no mpirun, said' grep -q 'mpirun cannot be started (No such file or directory); install' err
echo 'a slots=x' >hosts; "$run" --hostfile hosts "$job" >out 2>err </dev/null; check 'a wrong hostfile' is $? 125
check 'a wrong hostfile, said' is "$(cat err)" 'cohort-run: hosts:1: slots=x (a number is needed); write slots=8'
echo 'localhost slots=3' >hosts; "$run" --hostfile hosts hostname >out 2>err </dev/null; check 'a hostfile' is "$? $(wc -l <out)" '0 3'
"$run" --host localhost:2 hostname >out 2>err </dev/null; check 'a list of hosts' is "$? $(wc -l <out)" '0 2'
OMPI_MCA_plm_rsh_agent=/bin/false "$run" --host nowhere "$job" exit 0 >out 2>err </dev/null; check 'a host that is not reached' is $? 125
check 'a host that is not reached, said' grep -q '^cohort-run: mpirun could not start the job' err
"$run" -n 2 "$run" -n 1 true >out 2>err </dev/null; check 'not within itself' is $? 125

(trap '' CHLD; exec timeout 60 "$run" -n 1 "$job" exit 7) >out 2>err </dev/null; check 'SIGCHLD ignored before' is $? 7
"$run" --fault-tolerant "$farm" --help >out 2>err </dev/null; check 'a farm that only helps, fault-tolerant' is $? 0
"$run" --fault-tolerant "$farm" --no-such-option >out 2>err </dev/null; check 'a wrong option, fault-tolerant' is $? 255
# Nobody reads standard error any more, but the end is taken.
mkfifo pipe
# shellcheck disable=SC2217
sleep 100 <pipe & sleeper=$!
timeout -k 60 5 "$run" -n 1 sh -c 'yes | head -c 1000000 >&2; sleep 50' >out 2>pipe </dev/null; check 'a reader that has stopped' [ $? != 137 ]
kill "$sleeper"; rm pipe

# What it would do is what it does.
check 'dry run' is "$("$run" --dry-run -n 99 "$job" 'a b' | sed 's/.* mpirun/mpirun/')" "mpirun --oversubscribe -n 99 $job 'a b'"
check 'a dry run can be run' is "$(bash -c "$("$run" --dry-run -n 2 echo 'it'"'"'s $HOME')" | uniq)" "it's \$HOME"

# Streams: a pipe through rank 0, to the byte; the noise is gone, all else is there.
head -c 1000000 /dev/urandom >random
# Open MPI 4.1.4's mpirun crashes now and then when its standard input ends; that is not what is tested here.
piped() {
  for _ in 1 2 3 4 5; do
    cat random | "$run" -n 2 "$job" cat 2>err | cat >out
    [ "${PIPESTATUS[1]}" != 139 ] || ! grep -q 'Segmentation fault' err || continue
    cmp random out
    return
  done
  return 1
}
check 'a pipe' piped
"$run" -n 2 "$job" say >out 2>err </dev/null; check 'what is said' is "$(cat out err)" "$(printf 'to stdout\nto stderr')"
check 'a closed pipe' within 20 bash -c "'$run' -n 2 '$job' say 2>&1 >/dev/null </dev/null | true"

# Signals.
for signal in USR1 USR2; do
  start -n 2 "$job" wait log
  check 'up' within 20 up 2
  kill -$signal "$pid"; finish
  check "$signal reaches both ranks" is "$(grep -c "^got $(kill -l $signal)" log)" 2
  check "$signal does not end the job" is $status 0
done
for signal in INT TERM HUP; do
  start -n 2 "$job" wait log
  check 'up' within 20 up 2
  kill -$signal "$pid"; finish
  check "$signal reaches both ranks" is "$(grep -c "^got 15" log)" 2
  check "the status after $signal" is $status $((128 + $(kill -l $signal)))
  nothing_left "$signal"
done
start -n 2 "$job" wait log 75
check 'up' within 20 up 2
kill -TERM "$pid"; finish
check 'the verdict of a job that was told to end' is $status 75
nothing_left 'a verdict'
start -n 2 "$job" deaf log
check 'up' within 20 up 2
kill -INT "$pid"; finish
check 'one that hears nothing is ended' is $status 130
nothing_left 'deaf'
# As by Ctrl-C at a terminal's prompt, to the whole process group.
rm -f log; setsid "$run" -n 2 "$job" wait log >out 2>err </dev/null & pid=$!
check 'up' within 20 up 2
kill -INT -- "-$pid"; finish
check 'a signal to the group' is "$status $(grep -c '^got 15' log)" '130 2'
nothing_left 'a group'

# Nothing is left behind, whoever is killed.
start -n 2 "$job" deaf log
check 'up' within 20 up 2
kill -KILL "$pid"; wait "$pid" 2>/dev/null
nothing_left 'cohort-run killed'
start -n 2 "$job" deaf log
check 'up' within 20 up 2
kill -KILL "$(pgrep -P "$pid")"; finish
check 'the status if the keeper is killed' is $status 137
nothing_left 'keeper killed'
start -n 2 "$job" deaf log
check 'up' within 20 up 2
kill -KILL "$(pgrep -P "$(pgrep -P "$pid")")"; finish
check 'the status if mpirun is killed' is $status 137
nothing_left 'mpirun killed'

# An mpirun that hangs in its own end, as 4.1.4 does now and then, with ranks that have ended; and one that was only stopped.
mkdir hung; printf '%s\n' '#!/bin/sh' "exec perl -e 'fork or exit 3; unless (fork) { kill 15, \$\$; sleep 9 } sleep 60'" >hung/mpirun
chmod +x hung/mpirun
PATH=$PWD/hung:$PATH "$run" -n 2 "$job" exit 0 >out 2>err </dev/null; check 'an mpirun that hangs' is $? 3
printf '%s\n' '#!/bin/sh' "exec perl -e 'fork or exit 0; sleep 60'" >hung/mpirun
PATH=$PWD/hung:$PATH "$run" -n 2 "$job" exit 0 >out 2>err </dev/null; check 'an mpirun that hangs, nothing failed' is $? 1
check 'an mpirun that hangs, said' grep -q 'mpirun hung when all ranks on this host had ended' err
printf '#!/bin/sh\nfalse\nexec "%s" deadlock\n' "$job" >hung/mpirun
PATH=$PWD/hung:$PATH "$run" -n 1 true >out 2>err </dev/null; check 'mpirun hangs, and has taken them in' is "$? $(grep -c 'mpirun hung when all ranks' err)" '1 1'
nothing_left 'an mpirun that hangs'
# One that is only stopped meanwhile does not. (Its processes need no MPI, so that they end without it.)
# shellcheck disable=SC2016
start -n 2 sh -c 'echo "up $$" >>log; while [ ! -e end ]; do sleep 0.1; done'
check 'up' within 20 up 2
mpirun=$(pgrep -P "$(pgrep -P "$pid")" -x mpirun)
kill -STOP "$mpirun"; touch end
check 'its processes have ended' within 20 none_alive
sleep 12
kill -CONT "$mpirun"; finish
check 'the status if mpirun was stopped' is $status 0

# Fault-tolerant: a rank dies, rank 0 leaves a verdict, mpirun would wait for ever.
for verdict in 0 5; do
  start --fault-tolerant -n 3 "$job" survive log $verdict; finish
  check 'the verdict counts' is $status $verdict
  nothing_left 'survivors'
done
start --fault-tolerant -n 3 "$job" headless log; finish
check 'rank 0 lost' is $status 111
check 'rank 0 lost, said' grep -q 'rank 0 was lost' err
nothing_left 'headless'
for pattern in farm executor; do
  start --fault-tolerant -n 3 "$job" "$pattern"; finish
  check "a rank lost while the $pattern begins" is $status 111
  check "a rank lost while the $pattern begins, said" grep -q 'a rank was lost while the job was being started' err
done
start --fault-tolerant -n 2 "$job" exit 0; finish
check 'no verdict is no success' is $status 1
check 'no verdict, said' grep -q 'has left no verdict' err

# cohort-farm leaves one.
printf 'true\nfalse\nfalse\n' >tasks
start --fault-tolerant -n 2 "$farm" tasks; finish
check "the farm's verdict" is $status 2
seq 100 | sed 's/.*/sleep 0.2/' >tasks
start -n 2 "$farm" tasks --joblog joblog
check 'it runs' within 20 test -s joblog
kill -INT "$pid"; finish
check 'the farm, interrupted' is $status 143
nothing_left 'farm'

# Rank 0 of a farm writes to what cohort-run itself was given.
seq 50 | sed 's/.*/echo r&; echo e& >\&2/' >tasks
echo before >out; "$run" -n 2 "$farm" tasks >>out 2>err </dev/null
check 'appended' is "$? $(head -n 1 out) $(sort -u out | wc -l) $(grep -c '^e' err)" '0 before 51 50'
"$run" -n 2 "$farm" tasks >both 2>&1 </dev/null
check 'in one file' is "$? $(grep -c '^r' both) $(grep -c '^e' both) $(grep -c '50 of 50 tasks done' both)" '0 50 50 1'
"$run" -n 2 "$farm" tasks >/dev/full 2>err </dev/null; check 'a full disk' is $? 255
check 'a full disk, said' grep -q 'cannot write to standard output (No space left on device)' err
# What other ranks print is lost there too, and that is no success; the job goes on.
"$run" -n 2 sh -c 'echo x; sleep 1; : >"went on $OMPI_COMM_WORLD_RANK"' >/dev/full 2>err </dev/null; check 'a full disk, other output' is $? 125
check 'a full disk, other output, said' is "$(grep -c 'cohort-run: cannot write to standard output (No space left on device' err)" 1
check 'a full disk does not end the job' [ -e 'went on 0' ] && check 'nor other ranks' [ -e 'went on 1' ]
"$run" -n 1 sh -c 'echo x; exit 3' >/dev/full 2>err </dev/null; check 'a full disk, and a failure' is $? 3
# A reader that is gone ends the job, as it ends any program, and mpirun does not crash.
"$run" -n 2 yes 2>err </dev/null | head -n 1 >out; check 'nobody reads' is "${PIPESTATUS[0]} $(cat out err)" '141 y'
check 'all output' is "$("$run" -n 1 seq 300000 2>err </dev/null | md5sum)" "$(seq 300000 | md5sum)"
check 'of all ranks' is "$("$run" -n 3 seq 100000 2>err </dev/null | wc -c)" "$(($(seq 100000 | wc -c) * 3))"
timeout -k 60 5 "$run" -n 1 yes 2>err </dev/null | { sleep 10; head -c 0; }; check 'nobody reads for long, interrupted' [ "${PIPESTATUS[0]}" != 137 ]
echo 'sleep 0.5; echo x; false' >one
"$run" -n 2 "$farm" one 2>err </dev/null | true; check 'a failed task that nobody reads counts once' is "${PIPESTATUS[0]}" 1
"$run" -n 1 sh -c "'$farm' tasks >inner" >out 2>err </dev/null; check 'redirected within' is "$? $(wc -l <inner) $(wc -l <out)" '0 50 0'
OMPI_MCA_orte_tag_output=1 "$run" -n 2 "$farm" tasks >out 2>err </dev/null; check 'tagged by mpirun' is "$? $(grep -c '^\[1,0\]<stdout>:r' out)" '0 50'
echo env >one; check 'no task speaks for the job' is "$("$run" -n 1 "$farm" one 2>err </dev/null | grep -cE 'COHORT_(OUTPUT|VERDICT)')" 0
# A reader that has stopped for a while: rank 0 goes on, and nobody is lost.
seq 2000 | sed 's/.*/seq & 50000 | head -n 100/' >tasks
"$run" --fault-tolerant -n 2 "$farm" tasks 2>err </dev/null | { sleep 20; wc -l >count; }
check 'a slow reader' is "${PIPESTATUS[0]} $(cat count)" '0 200000'
check 'a slow reader loses nobody' not grep -q 'is lost' err

# What a journal has has been written, whoever is killed; only what rank 0 was writing may be there twice.
seq 400 | sed 's/.*/sleep 0.01; echo &/' >tasks
farm_left() { pgrep -f "$farm --journal journal.$1 " >/dev/null; }
for victim in front keeper mpirun root; do
  : >out; "$run" -n 2 "$farm" --journal "journal.$victim" tasks >>out 2>err </dev/null & pid=$!
  check "$victim: it runs" within 20 eval '[ "$(wc -l <out)" -ge 100 ]'
  keeper=$(pgrep -P "$pid") mpirun=$(pgrep -P "$keeper" -f mpirun)
  case $victim in
  front) kill -KILL "$pid" ;;
  keeper) kill -KILL "$keeper" ;;
  mpirun) kill -KILL "$mpirun" ;;
  root) kill -KILL "$(pgrep -P "$mpirun" -x cohort-farm | head -n 1)" ;;
  esac
  finish 2>/dev/null
  check "$victim: no farm is left" within 20 not farm_left "$victim"
  check "$victim: not all was done" [ "$(wc -l <out)" -lt 400 ]
  "$run" -n 2 "$farm" --journal "journal.$victim" --resume tasks >>out 2>err </dev/null; check "$victim: the rest" is $? 0
  check "$victim: each result" is "$(sort -nu out | paste -sd ' ')" "$(seq -s ' ' 400)"
  check "$victim: at most one is there twice" [ "$(wc -l <out)" -le 401 ]
done

# Ctrl-C twice, quickly: all goes.
start -n 2 "$job" deaf log
check 'up' within 20 up 2
kill -INT "$pid"; sleep 0.2; kill -INT "$pid"; finish
check 'two signals' is $status 130
nothing_left 'two signals'

exit $failures
