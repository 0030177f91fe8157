#pragma once

#include "info/facts.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace cohort_info {

struct finding {
  bool problem = false;  ///< otherwise a note
  std::string text;      ///< problem (why); what to do
};

/// What is wrong, by what is known; a pure function. The worst comes first, in groups.
[[nodiscard]] std::vector<finding> diagnose(const facts& of);

/// The ranks of a host, in short.
struct host_summary {
  std::string host;
  std::vector<int> ranks;
  std::vector<unsigned> cpus;  ///< of all of them
  unsigned online = 0;
  unsigned usable = 0;
  bool bound = false;     ///< each to less than the machine
  std::size_t cores = 0;  ///< that they may use
  bool oversubscribed = false;
};
[[nodiscard]] std::vector<host_summary> by_host(const std::vector<rank_facts>& ranks);

}  // namespace cohort_info
