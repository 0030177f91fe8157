#pragma once

#include <cohort/dispatch/settings.hpp>

#include "support/world.hpp"

#include <array>
#include <vector>

namespace cohort::test {

/// Schedules by which ranks may claim their own indices.
inline constexpr std::array loop_schedules{dispatch::schedule::automatic,    dispatch::schedule::self,
                                           dispatch::schedule::factoring,    dispatch::schedule::guided,
                                           dispatch::schedule::trapezoid,    dispatch::schedule::static_block,
                                           dispatch::schedule::static_cyclic};

/// Ranks to a node: all on this one, and fewer, so that some ask others by messages.
inline std::vector<int> node_sizes() {
  return {0, 1, 2, 3};
}

}  // namespace cohort::test
