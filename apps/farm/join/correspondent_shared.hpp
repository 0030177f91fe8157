#pragma once

#include <cohort/pattern/crew/clock.hpp>

#include "farm/join/channel.hpp"
#include "farm/join/correspondent.hpp"
#include "farm/join/tenure.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace cohort_farm {

/// What is to be written: a letter, or a piece of a file.
struct outward {
  std::string file;  ///< empty: a letter
  std::uint64_t at;  ///< in the file
  bytes data;
};

/// What the rank's thread and the two others have in common.
struct correspondent::shared {
  shared(std::string journal_name, farm_card to, std::uint64_t salt)
      : journal{std::move(journal_name)},
        farm{std::move(to)},
        own{join_directory(journal) + "/" + guest_name(salt)},
        orders{own + "/orders", salt},
        reports{own + "/reports", salt},
        rights{farm.lease, cohort::crew::now()} {}

  const std::string journal;
  const farm_card farm;
  const std::string own;

  // Of the thread that corresponds.
  incoming orders;
  outgoing reports;
  std::deque<outward> leaving;
  time_point next_look_at_card{0};

  std::mutex mutex;
  std::condition_variable news;  ///< to that thread, or from it
  std::deque<outward> to_say;
  std::size_t unwritten = 0;  ///< bytes of to_say and leaving
  std::vector<bytes> heard;
  tenure rights;
  bool gone = false;
  bool closing = false;
  bool ended = false;       ///< the thread
  bool stood_down = false;  ///< see stand_down
  std::string problem;

  bool round();
  void withdraw();
  int write_all();
  bool read_all();
  void look_at_card();
};

}  // namespace cohort_farm
