# Sourced by the tests with Slurm jobs, after check.sh.
# shellcheck shell=bash disable=SC2154

# submit SBATCH-ARGUMENT...: prints the number of the job.
submit() { "$slurm" run sbatch --parsable "$@" </dev/null; }
state_of() { "$slurm" run squeue -h -t all -j "$1" -o %T 2>/dev/null | sort -u | paste -sd ' '; }

# ended NUMBER: no part of it waits or runs.
ended() { [[ ! $(state_of "$1") =~ PENDING|RUNNING|COMPLETING|CONFIGURING|REQUEUED|^$ ]]; }

# completed NUMBER SECONDS: in this time, and well.
completed() {
  within "$2" ended "$1" && is "$(state_of "$1")" COMPLETED && return
  "$slurm" run scontrol show job "$1" >&2
  "$slurm" run scancel "$1"
  tail -n 20 ./*".$1."* >&2
  false
}
