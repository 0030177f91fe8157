#pragma once

#include <cohort/dispatch/settings.hpp>
#include <cohort/pattern/executor/exception_types.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cohort {

/// How an executor works; the same on every rank.
struct executor_options {
  std::uint32_t threads = 1;  ///< tasks that each rank runs at the same time
  /// For tasks that overran their timeout, or were cancelled, to return all the same when the executor ends.
  std::chrono::nanoseconds grace = std::chrono::seconds{5};
  exception_types exceptions{};  ///< that come back as what they are
  /// Named queues and the ranks that serve them: {{"gpu", {2, 3}}}. A rank that is named here serves those queues
  /// only, the others the default queue only, which has the name "default" if a rank is to serve it besides
  /// another.
  std::map<std::string, std::vector<int>> queues{};
  /// Tasks kept at a rank beyond those that run there; by default as many as their measured cost suggests.
  std::uint32_t prefetch = dispatch::automatic;
};

}  // namespace cohort
