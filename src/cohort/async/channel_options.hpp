#pragma once

#include <cohort/core/error.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cohort {

/// What a channel is made with; the same on every rank.
struct channel_options {
  /// Items that a consumer may hold, or that may be on their way to it; at least one for each producer that is
  /// open. Of large items, or such that take long, a consumer holds fewer: about four milliseconds' worth, and
  /// 16 MiB.
  std::size_t capacity = 256;
  std::vector<int> producers = {};  ///< ranks that may send; empty: all
  std::vector<int> consumers = {};  ///< ranks that may receive; empty: all
};

/// What went through one rank's end of a channel so far.
struct channel_counts {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t discarded = 0;  ///< came to a consumer that had left (see channel::leave)
};

/// The other end of a channel is not there any more: every consumer has left, or a producer was ended by an
/// exception.
class channel_error : public error {
 public:
  using error::error;
};

}  // namespace cohort
