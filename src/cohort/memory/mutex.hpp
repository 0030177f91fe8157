#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/memory/detail/rma_word.hpp>

#include <cstdint>

namespace cohort {

struct mutex_options {
  int host = 0;  ///< the rank that holds the end of the queue; the same everywhere
};

/// A lock that one rank holds at a time; the others queue for it in the order in which they came.
///
///   cohort::distributed_mutex mutex{world};       // collective
///   {
///     const std::lock_guard lock{mutex};
///     ...                                         // one rank at a time
///   }
///
/// Each waiting rank looks at a word of its own memory, so a queue costs no traffic however long it is: the lock of
/// Mellor-Crummey and Scott (Algorithms for Scalable Synchronization on Shared-Memory Multiprocessors, ACM TOCS
/// 9(1), 1991), on one-sided communication as in Gropp, Hoefler, Thakur and Lusk (Using Advanced MPI, 2014,
/// section 4.5). lock() is one atomic exchange at the host, and one at the rank before if the lock is taken;
/// unlock() is one compare-and-swap at the host, and one exchange at the next rank if one waits. No allocation.
///
/// What it guards must be complete before unlock(): close or flush epochs of other windows first. Between ranks,
/// not threads: one thread of a rank at a time may use it. Creation and destruction are collective, and nobody may
/// hold it or wait for it at its destruction. On other nodes over TCP, as distributed_counter.
class distributed_mutex {
 public:
  explicit distributed_mutex(const communicator& comm, mutex_options options = {},
                             call_site where = call_site::current());

  /// Blocks until this rank holds the lock. Throws argument_error if it does already.
  void lock(call_site where = call_site::current());
  /// Takes the lock if nobody holds it or waits for it; never waits for another rank.
  [[nodiscard]] bool try_lock(call_site where = call_site::current());
  /// Hands the lock on. Blocks only for a rank that has queued and is about to say so. Throws argument_error if
  /// this rank does not hold it.
  void unlock(call_site where = call_site::current());
  [[nodiscard]] bool owns() const noexcept { return held_; }

 private:
  int host_;
  bool held_ = false;
  detail::rma_words<std::int32_t> words_;
};

}  // namespace cohort
