#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/memory/detail/rma_word.hpp>

#include <cstdint>

namespace cohort {

struct counter_options {
  int host = 0;  ///< the rank that holds the number; the same everywhere
  std::int64_t initial = 0;
};

/// One number that every rank can take from and add to, without the help of the rank that holds it.
///
///   cohort::distributed_counter next{world};                     // collective
///   for (auto i = next.fetch_add(); i < n; i = next.fetch_add()) work(i);   // each i once, on some rank
///
/// An operation is one MPI_Fetch_and_op and a flush, without allocation; it blocks for that exchange only. Within a
/// node that is an atomic instruction on shared memory. Over TCP the host must be inside MPI for it, so that a
/// host which computes starves the others (half their speed, measured): count within nodes, or send messages there.
/// Creation and destruction are collective. Operations throw mpi_error.
class distributed_counter {
 public:
  explicit distributed_counter(const communicator& comm, counter_options options = {},
                               call_site where = call_site::current());

  /// Adds `n` and returns what the number was before.
  std::int64_t fetch_add(std::int64_t n = 1, call_site where = call_site::current());
  [[nodiscard]] std::int64_t load(call_site where = call_site::current()) const;
  /// Sets the number. Not collective: a barrier before and after separates it from what others add.
  void reset(std::int64_t value = 0, call_site where = call_site::current());
  [[nodiscard]] int host() const noexcept { return host_; }

 private:
  int host_;
  detail::rma_words<std::int64_t> words_;
};

}  // namespace cohort
