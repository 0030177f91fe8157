#pragma once

#include <cohort/core/communicator.hpp>

#include "bench/simulate/settings.hpp"

namespace cohort_simulate {

/// Measures on this machine what the simulation has to be told: the best of several rounds each, in time of the
/// processor, so that other programs disturb little. With several ranks, messages between rank 0 and rank 1; with
/// one, from it to itself. Collective; on rank 0 the result, whose latency is half a round trip of an empty letter.
[[nodiscard]] costs measure(const cohort::communicator& comm);

}  // namespace cohort_simulate
