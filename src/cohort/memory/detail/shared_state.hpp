#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/finalize_hook.hpp>
#include <cohort/memory/detail/abandon.hpp>

#include <mpi.h>

#include <cstddef>
#include <exception>
#include <vector>

namespace cohort::detail {

/// The part of shared_window<T> that does not know T: one block of bytes per node.
class shared_state final : public finalize_hook {
 public:
  /// Collective over `whole`; `ranks_here` are its ranks that share memory.
  static together<shared_state> allocate(const communicator& whole, const communicator& ranks_here,
                                         std::size_t bytes, std::size_t alignment, const call_site& where);
  ~shared_state() override;

  communicator node;
  communicator leaders;        ///< the first rank of each node; false on the others
  std::vector<int> leader_of;  ///< which leader is on the node of a rank of `whole`
  std::byte* base = nullptr;
  std::size_t bytes = 0;
  int rank = 0;
  int exceptions = std::uncaught_exceptions();

  void sync(const call_site& where) const;
  /// sync, all ranks of the node come, sync.
  void fence(const call_site& where) const;
  /// The leader tells its node that the memory is filled, or that it failed.
  [[nodiscard]] bool tell_node(bool good, const call_site& where) const;
  void broadcast(const void* from, int root, const call_site& where) const;
  void usable(const char* routine, const call_site& where) const;
  [[noreturn]] void bad_length(const char* routine, std::size_t have, std::size_t want,
                               const call_site& where) const;
  [[noreturn]] void leader_failed(const call_site& where) const;

  bool abandon() noexcept;

 private:
  shared_state() = default;
  void release() noexcept override;
  void free() noexcept;

  MPI_Win win_ = MPI_WIN_NULL;
  bool abandoned_ = false;
};

/// Throws argument_error if the window is empty or was freed by MPI_Finalize.
const shared_state& living(const together<shared_state>& state, const char* routine, const call_site& where);
/// The length that the root alone knows. One MPI_Bcast.
[[nodiscard]] std::size_t same_length(const communicator& comm, std::size_t mine, int root, const call_site& where);

}  // namespace cohort::detail
