#pragma once

#include <cohort/core/detail/payload.hpp>
#include <cohort/core/request.hpp>
#include <cohort/memory/detail/win_state.hpp>

#include <mpi.h>

#include <cstddef>
#include <exception>
#include <span>
#include <vector>

namespace cohort::detail {

/// Memory of this rank that takes part in a one-sided operation.
struct rma_data {
  void* data;
  std::size_t count;  ///< in units of type
  MPI_Datatype type;
  std::size_t bytes;
};

/// The operations without their types: one MPI call each, no allocation. @{
void rma_put(const win_state& win, const rma_data& from, const rma_place& at, const call_site& where);
void rma_get(const win_state& win, const rma_data& into, const rma_place& at, const call_site& where);
void rma_accumulate(const win_state& win, const rma_data& operand, MPI_Op op, const rma_place& at,
                    const call_site& where);
void rma_get_accumulate(const win_state& win, const rma_data& operand, const rma_data& before, MPI_Op op,
                        const rma_place& at, const call_site& where);
void rma_fetch_and_op(const win_state& win, const rma_data& operand, void* before, MPI_Op op, const rma_place& at,
                      const call_site& where);
void rma_compare_and_swap(const win_state& win, const rma_data& desired, const void* expected, void* before,
                          const rma_place& at, const call_site& where);
request<void> rma_rput(const win_state& win, const rma_data& from, const rma_place& at, const call_site& where);
request<void> rma_rget(const win_state& win, const rma_data& into, const rma_place& at, const call_site& where);
/// @}

/// Everything of an epoch that does not know the element type. Lives where it was made; closes itself.
///
/// Closing blocks. While an exception unwinds the stack locks are given back all the same, for somebody may wait
/// for them, but nothing is closed that needs the other ranks' part (fence, complete, wait).
class epoch_core {
 public:
  epoch_core(win_state& win, access_kind kind, int locked) : win_{&win}, kind_{kind}, locked_{locked} {}
  epoch_core(const epoch_core&) = delete;
  epoch_core& operator=(const epoch_core&) = delete;
  ~epoch_core();

  /// The window, for an operation on `there`: fills the target in where the epoch knows it, and throws
  /// argument_error if the epoch is closed or does not reach it.
  [[nodiscard]] const win_state& reach(const char* routine, remote& there, const call_site& where) const;
  /// The same for what has no target.
  [[nodiscard]] const win_state& opened(const char* routine, const call_site& where) const;

  void fence(const call_site& where);
  /// To one rank, or to all if it is `unset`; `local` waits for this rank's memory only. @{
  void flush(int target, bool local, const call_site& where) const;
  void sync(const call_site& where) const;
  /// @}
  void close(const call_site& where);
  [[nodiscard]] bool is_open() const noexcept { return win_ != nullptr; }

  std::vector<int> started;  ///< the ranks that start() named

 private:
  int end(const call_site& where) noexcept;
  [[nodiscard]] const char* closing() const noexcept;

  win_state* win_;
  access_kind kind_;
  int locked_;
  int exceptions_ = std::uncaught_exceptions();
};

/// The ranks of a window as an MPI_Group, freed in the end.
class rank_group {
 public:
  rank_group(const win_state& win, std::span<const int> ranks, const char* routine, const call_site& where);
  rank_group(const rank_group&) = delete;
  rank_group& operator=(const rank_group&) = delete;
  ~rank_group();
  [[nodiscard]] MPI_Group native() const noexcept { return group_; }

 private:
  MPI_Group group_ = MPI_GROUP_NULL;
};

}  // namespace cohort::detail
