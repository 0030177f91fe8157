#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/error.hpp>

#include <optional>
#include <string>
#include <utility>

namespace cohort {

/// Where and how one rank failed inside a pattern that all ranks run together. Travels by value.
struct rank_failure {
  std::string routine;  ///< the pattern's function: "map_reduce"
  std::string during;   ///< what it was doing: "map of input 17"
  std::string type;     ///< of the exception, as written in C++
  std::string message;  ///< its what()
  std::string host;
  int rank = -1;

  /// One line: "map_reduce failed on rank 2 (node1) in the map of input 17: std::runtime_error: no such page".
  [[nodiscard]] std::string describe() const;
};

/// A function of the user's has thrown on one rank, and so all ranks throw this: the same on each, at the same
/// call. If several ranks have failed, it tells of the lowest.
class rank_error : public error {
 public:
  explicit rank_error(rank_failure what) : error{what.describe()}, failure_{std::move(what)} {}
  [[nodiscard]] const rank_failure& failure() const noexcept { return failure_; }

 private:
  rank_failure failure_;
};

namespace detail {
/// The exception being handled, as a failure of this rank.
[[nodiscard]] rank_failure describe_rank_failure(const communicator& comm, std::string routine, std::string during);
/// Collective, once all ranks know that `failed` has: it tells them how, and every rank throws rank_error. `mine`
/// counts on that rank. One MPI_Bcast, two if it has much to tell.
[[noreturn]] void throw_rank_error(const communicator& comm, int failed, const std::optional<rank_failure>& mine,
                                   call_site where);
/// Collective: if any rank has failed, the lowest of them tells how, and every rank throws rank_error. One
/// MPI_Allreduce.
void throw_any_rank_error(const communicator& comm, const std::optional<rank_failure>& mine,
                          const call_site& where);
}  // namespace detail

}  // namespace cohort
