#pragma once

#include <mutex>

namespace cohort::detail {

class probing;

/// The receives of a communicator that were asked for and have met no message yet, the oldest first: an intrusive
/// list, which owns nothing. See p2p/detail/probing.hpp.
struct probe_list {
  std::mutex mutex;
  probing* first = nullptr;
  probing* last = nullptr;
};

}  // namespace cohort::detail
