#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/finalize_hook.hpp>
#include <cohort/memory/detail/abandon.hpp>

#include <mpi.h>

#include <cstddef>
#include <exception>
#include <vector>

namespace cohort {

/// Where in a window: from element `offset` of the part of rank `target`. An epoch that holds one rank's lock takes
/// that rank if no target is given.
struct remote {
  int target = unset;
  std::size_t offset = 0;
};

namespace detail {

/// What access to a window is open on this rank. MPI allows one kind at a time.
enum class access_kind { none, fence, lock, lock_all, start };

/// Elements in a window of some rank, known to exist.
struct rma_place {
  int target;
  MPI_Aint displacement;  ///< in bytes
};

/// An MPI window, what is known of it, and its end.
class win_state final : public finalize_hook {
 public:
  struct element {
    std::size_t size;
    std::size_t alignment;
  };

  /// Collective. Memory of MPI's, zeroed.
  static together<win_state> allocate(const communicator& comm, std::size_t n, element type,
                                      const call_site& where);
  /// Collective. Memory of the caller's.
  static together<win_state> create(const communicator& comm, void* memory, std::size_t n, element type,
                                    const call_site& where);
  ~win_state() override;

  MPI_Win win = MPI_WIN_NULL;
  int rank = 0;
  int size = 0;
  std::byte* base = nullptr;  ///< of this rank's first element
  int exceptions = std::uncaught_exceptions();

  /// One rank over memory of its own: Open MPI 4.1.4 as Debian configures it (osc = ^ucx,pt2pt) has no component
  /// for such a window, so there is none, and operations are done on the memory itself.
  [[nodiscard]] bool alone() const noexcept { return alone_; }
  [[nodiscard]] std::size_t length(int of) const noexcept { return parts_[static_cast<std::size_t>(of)].length; }

  /// Where the elements are; throws argument_error if they are not all there.
  [[nodiscard]] rma_place locate(const char* routine, const remote& there, std::size_t n,
                                 const call_site& where) const {
    if (static_cast<unsigned>(there.target) >= static_cast<unsigned>(size)) [[unlikely]]
      bad_target(routine, there.target, where);
    const auto& there_is = parts_[static_cast<std::size_t>(there.target)];
    if (there.offset > there_is.length || n > there_is.length - there.offset) [[unlikely]]
      bad_elements(routine, there, n, where);
    return {there.target, static_cast<MPI_Aint>(there_is.skip + there.offset * element_.size)};
  }

  /// Turns a failed MPI call into mpi_error.
  void check(int code, const char* routine, const call_site& where, int target = mpi_error::context::absent,
             std::size_t count = static_cast<std::size_t>(mpi_error::context::absent)) const {
    if (code != MPI_SUCCESS) [[unlikely]] {
      throw_mpi_error(code, {.routine = routine,
                             .rank = rank,
                             .peer = target,
                             .count = static_cast<std::ptrdiff_t>(count),
                             .where = where});
    }
  }

  /// Notes that an epoch begins; throws argument_error if one is open that does not go with it. @{
  void open(access_kind kind, const char* routine, const call_site& where);
  void close() noexcept;
  void open_exposure(const char* routine, const call_site& where);
  void close_exposure() noexcept { exposed_ = false; }
  /// @}

  /// Leaves the end to MPI_Finalize; false if MPI has ended already.
  bool abandon() noexcept;

 private:
  struct part {
    std::size_t length;  ///< in elements
    std::size_t skip;    ///< bytes before the first element, for its alignment
  };

  explicit win_state(element type) : element_{type} {}
  void release() noexcept override;
  void free() noexcept;
  void learn_parts(const comm_state& comm, std::size_t n, std::size_t skip, const call_site& where);
  [[noreturn]] void bad_target(const char* routine, int target, const call_site& where) const;
  [[noreturn]] void bad_elements(const char* routine, const remote& there, std::size_t n,
                                 const call_site& where) const;

  element element_;
  std::vector<part> parts_;
  access_kind open_ = access_kind::none;
  int locks_ = 0;
  bool exposed_ = false;
  bool alone_ = false;
  bool abandoned_ = false;
};

/// The state of a window that must be there; throws argument_error if it is empty or was freed by MPI_Finalize.
win_state& living(const together<win_state>& state, const char* routine, const call_site& where);

}  // namespace detail
}  // namespace cohort
