#pragma once

#include <cohort/pattern/key_hash.hpp>

#include <cstddef>
#include <functional>

namespace cohort {

/// How map_reduce works, the same on every rank: map_reduce<...>(world, inputs, map, reduce, {.sorted = true}).
/// A hash of your own is a type: map_reduce_options<Key, my_hash>{...}.
template <class Key, class Hash = key_hash<Key>>
struct map_reduce_options {
  /// Bytes of pairs that a rank keeps for other ranks before all ranks exchange what they have. Less memory is more
  /// rounds. Together with what is copied to be sent, and what comes, a rank needs about three times as much,
  /// besides its part of the result.
  std::size_t memory = std::size_t{64} << 20;
  /// Each rank's part of the result in the order of keys (operator<), not as it comes.
  bool sorted = false;
  /// The rank, 0 to ranks - 1, that reduces a key: partition(key, ranks). It must give the same on every rank. By
  /// default the hash decides. With ranges of keys, and .sorted, the parts are one sorted sequence in the order of
  /// ranks.
  std::function<int(const Key&, int)> partition = {};
  Hash hash = {};
};

}  // namespace cohort
