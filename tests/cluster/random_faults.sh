#!/usr/bin/env bash
# random_faults.sh BUILD BED ROUNDS [SEED]: in each round a farm on four hosts loses what chance, which is the seed's, has chosen,
# when chance says so: one loss or two, and in one round of four rank 0 or everything, after which it is run again with
# --resume. Every round ends with each result there exactly once, but for one that a lost rank 0 had not yet written down.
. "$(dirname "$0")/check.sh"
. "$here/losses.sh"
. "$here/farm_losses.sh"
build=$(realpath "$1") rounds=$3 seed=${4:-$((RANDOM * 32768 + RANDOM))}
export COHORT_BED=$2
echo "seed $seed (the same again: $0 $1 $2 $rounds $seed)"
RANDOM=$((seed % 32768)) # for all that follows
cd "$work" || exit 1
"$hosts" up 4 >/dev/null </dev/null || exit

chosen= # by choose, which must not be a subshell: chance would begin anew
choose() {
  local all=("$@")
  chosen=${all[RANDOM % $#]}
}
# one_loss: anything that rank 0 survives.
one_loss() {
  choose rank_killed segfault stopped four_of_seven unplugged flapping daemon_killed host_crashed
  fault=$chosen
  choose 1 2 3 4 5 6
  VICTIM=$chosen
  choose '1 2 3 4' '2 3 5 6' '3 4 5 6' '1 2 4 6'
  VICTIMS=$chosen
  choose node2 node3 node4
  VICTIM_HOST=$chosen
  said="$said $fault($VICTIM; $VICTIMS; $VICTIM_HOST)"
  hurt "$fault" 2>/dev/null # who is to be hurt may be lost already
}

for ((round = 1; round <= rounds; ++round)); do
  "$hosts" up >/dev/null
  rm -rf journal
  write_tasks 400
  said=
  choose once once twice fatal
  how=$chosen
  begin_farm
  ((begins = 1 + RANDOM % 200)) # a host that is lost before the start ends the run
  within 30 has_ended "$begins"
  case $how in
  once) one_loss ;;
  twice)
    one_loss
    sleep "$((RANDOM % 4)).$((RANDOM % 10))"
    one_loss
    ;;
  fatal)
    [ $((RANDOM % 2)) = 0 ] || one_loss
    choose root_killed root_stopped mpirun_killed run_killed everything_killed
    said="$said $chosen"
    hurt "$chosen" 2>/dev/null
    ;;
  esac
  end_farm
  if [ "$status" != 0 ] && [ "$how" = fatal ]; then
    "$hosts" up >/dev/null
    begin_farm --resume
    hurt_at=$(now)
    end_farm
  fi
  before=$failures
  check "the status of round $round" is "$status" 0
  check "each result of round $round" each_once
  nothing_left 30
  echo "round $round: at task $begins:$said, ended $took s later"
  [ "$failures" = "$before" ] || cat err >&2
done
finish
