#!/usr/bin/env bash
# slurm_drain.sh BUILD: hostfiles/slurm/drain.sbatch with a program that drains, and has a journal: told to wind up, or after the loss of
# its rank 0, the job goes back into the queue, and its second life runs the rest. One that does not get on ends, and what fails has failed.
. "$(dirname "$0")/check.sh"
. "$here/job.sh"
export COHORT_RUN=$1/apps/run/cohort-run
energies=$1/tests/docs/docs_energies drain=$root/hostfiles/slurm/drain.sbatch
cd "$work" || exit 1
"$slurm" up 4 >/dev/null </dev/null || exit

# begin NAME ARGUMENT...: a job in a folder of its own, in which no life is over before it is told to. Prints its number.
begin() {
  mkdir "$1"
  ENERGIES_MS=400 submit --chdir="$work/$1" --job-name="$1" -N 2 --ntasks-per-node=2 "$drain" "${@:2}"
}
told=$(begin told energies.journal "$energies")
lost=$(begin lost energies.journal --fault-tolerant "$energies" lost)
idle=$(begin idle energies.journal sh -c 'exit 75')
fails=$(begin fails energies.journal sh -c 'echo more >>energies.journal; exit 3')
unnamed=$(begin unnamed energies.journal)

# has_run NAME NUMBER: so many of its tasks have begun.
has_run() { [ "$(stat -c %s "$1/ran" 2>/dev/null || echo 0)" -ge "$2" ]; }
state() { "$slurm" run scontrol show job "$1" | grep -o "$2=[^ ]*"; }
# shellcheck disable=SC2016
kill_rank_0_of_lost() {
  "$hosts" run "$("$slurm" run squeue -h -j "$lost" -o %B)" bash -c '
    for each in $(pgrep -f "^$1 lost"); do ! grep -qzx OMPI_COMM_WORLD_RANK=0 "/proc/$each/environ" 2>/dev/null || kill -KILL "$each"; done' - "$energies"
}
check 'told: it works' within 150 has_run told 12
"$slurm" run scancel --batch --signal=USR1 "$told"
check 'lost: it works' within 150 has_run lost 12
check 'lost: rank 0 is killed' kill_rank_0_of_lost

# twice NAME NUMBER STATUS: it completes in its second life.
twice() {
  check "$1: it completes" completed "$2" 120
  check "$1: in its second life" is "$(state "$2" Restarts)" Restarts=1
  check "$1: it says why" grep -q "drain.sbatch: status $3; job $2 goes back into the queue" "$1/$1.$2.err"
  check "$1: the result, once" is "$(cat "$1/$1.$2.out")" 34950
}
twice told "$told" 75
check 'told: each task has run once' is "$(wc -c <told/ran)" 100
twice lost "$lost" 111
check 'lost: rank 0 was' grep -q 'rank 0 was lost' "lost/lost.$lost.err"
check 'lost: what was running ran again, and nothing else' [ "$(wc -c <lost/ran)" -le 108 ]

for each in "idle $idle 75:0" "fails $fails 3:0" "unnamed $unnamed 2:0"; do
  read -r name job status <<<"$each"
  check "$name: it ends" within 90 ended "$job"
  check "$name: in its first life" is "$(state "$job" Restarts)" Restarts=0
  check "$name: its status" is "$(state "$job" ExitCode)" "ExitCode=$status"
done
check 'idle: it says why' grep -q 'energies.journal has not grown' "idle/idle.$idle.err"
check 'unnamed: it says how to call it' grep -q '^usage: sbatch' "unnamed/unnamed.$unnamed.err"
finish
