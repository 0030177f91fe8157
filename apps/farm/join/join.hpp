#pragma once

#include <cohort/cluster/sign_of_life.hpp>
#include <cohort/core/communicator.hpp>

#include "farm/interruption.hpp"
#include "farm/join/card.hpp"
#include "farm/options.hpp"

#include <optional>
#include <string>

namespace cohort_farm {

/// What a farm tells those who want to join it, but for what the door writes anew each time. `limited`: it has a
/// time limit.
[[nodiscard]] farm_card card_of(const options& how, bool limited);

/// --join: the whole life of a job that helps a farm which was started elsewhere. Collective over all its ranks.
struct joining {
  const cohort::communicator& world;
  const options& how;
  const std::string& host;
  std::optional<cohort::cluster::sign_of_life>& alive;
  std::optional<interruption>& watch;
};
/// Returns the exit status: 0 if the farm has ended, or this job's time was over; 128 and the signal's number after
/// a signal that ended it; error_status if the farm is not there, lost_status if it was lost.
[[nodiscard]] int join_farm(const joining& with);

}  // namespace cohort_farm
