#!/usr/bin/env bash
# slurm_jobs.sh BUILD: the job scripts of hostfiles/slurm as users submit them, on a real Slurm: one node, several nodes with
# mpirun and with srun, an array.
. "$(dirname "$0")/check.sh"
. "$here/job.sh"
scripts=$root/hostfiles/slurm primes=$1/apps/examples/example_01_primes
cd "$work" || exit 1
"$slurm" up 4 >/dev/null </dev/null || exit

one=$(submit "$scripts/one-node.sbatch" "$primes")
several=$(submit -N 3 --ntasks-per-node=2 "$scripts/app.sbatch" "$primes")
with_srun=$(submit -N 3 "$scripts/srun.sbatch" "$primes")
where=$(submit "$scripts/app.sbatch" -n 3 hostname)
# shellcheck disable=SC2016
array=$(submit --array=3,5-9:2 "$scripts/array.sbatch" -n 1 sh -c 'echo "{} $SLURM_ARRAY_TASK_ID $0"' 'x{}y{}')
unnamed=$(submit "$scripts/app.sbatch")
no_array=$(submit "$scripts/array.sbatch" true)

check 'one node' completed "$one" 90
check 'two ranks on it' is "$(cat "one-node.sbatch.$one.out")" '78498 primes (ranks: 2)'
check 'several nodes' completed "$several" 90
check 'six ranks on them' is "$(cat "app.sbatch.$several.out")" '78498 primes (ranks: 6)'
# On a busy machine, one start by srun in a hundred crashes in Slurm's PMIx: then another one must do.
within 90 ended "$with_srun"
[ "$(state_of "$with_srun")" = COMPLETED ] || with_srun=$(submit -N 3 "$scripts/srun.sbatch" "$primes")
check 'srun' completed "$with_srun" 90
check 'six ranks by srun' is "$(cat "srun.sbatch.$with_srun.out")" '78498 primes (ranks: 6)'
check "mpirun's options" completed "$where" 90
check 'three ranks on two nodes' is "$(sort -u "app.sbatch.$where.out" | wc -l) $(wc -l <"app.sbatch.$where.out")" '2 3'
check 'an array' completed "$array" 90
for number in 3 5 7 9; do
  check "number $number of the array" is "$(cat "array.sbatch.$array.$number.out")" "$number $number x${number}y$number"
done
for job in "$unnamed" "$no_array"; do
  check 'ends' within 90 ended "$job"
  check 'a job without a program fails' is "$(state_of "$job")" FAILED
  check 'and says how to call it' grep -q '^usage: sbatch' ./*".$job."*
done
finish
