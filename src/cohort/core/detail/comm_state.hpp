#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/detail/pace_of_bcasts.hpp>
#include <cohort/core/detail/probe_list.hpp>
#include <cohort/core/detail/send_buffer.hpp>
#include <cohort/core/finalize_hook.hpp>
#include <cohort/core/mpi_error.hpp>
#include <cohort/core/options.hpp>

#include <mpi.h>

#include <atomic>
#include <cstddef>
#include <memory>

namespace cohort {
class communicator;
}

namespace cohort::detail {

/// What all wrappers of one MPI_Comm share on this rank; hangs on it as an attribute.
struct comm_record {
  send_buffer buffered;
  probe_list unmatched;
  pace_of_bcasts bcasts;
};

/// What the copies of a communicator share.
class comm_state final : public finalize_hook {
 public:
  comm_state(MPI_Comm comm, bool owned);
  ~comm_state() override;

  MPI_Comm comm;
  int rank = 0;
  int size = 0;
  int tag_ub = 0;
  /// What a watchdog calls it (see detail/waiting.hpp); 0 until it is asked.
  mutable std::atomic<unsigned> watch_id{0};

  /// A duplicate for messages inside collectives, so that no receive of the user's can meet them. Made by the first
  /// collective that needs it, which every rank calls. It hangs on the MPI_Comm as an attribute, so that all
  /// wrappers of one MPI_Comm share it, however many there are on each rank, and ends with it (or with MPI).
  [[nodiscard]] MPI_Comm shadow() { return shadow_ != MPI_COMM_NULL ? shadow_ : find_shadow(); }
  /// The number of a sparse exchange on the shadow (see collective/sparse_alltoall.hpp), the same on every rank,
  /// whichever wrappers of the MPI_Comm they use.
  [[nodiscard]] unsigned next_sparse_exchange();

 private:
  std::shared_ptr<comm_record> record_;

 public:
  /// What bsend has taken and not yet sent; complete before the communicator is freed.
  send_buffer& buffered;
  /// The receives of unknown length that have met no message yet.
  probe_list& unmatched;
  /// What the broadcasts so far say about the next one.
  pace_of_bcasts& bcasts;

 private:
  void release() noexcept override;
  MPI_Comm find_shadow();
  MPI_Comm shadow_ = MPI_COMM_NULL;  ///< as found on comm
  bool owned_;
};

/// The way from a communicator, or the part of it that lists operations, to its state, for their definitions.
struct access {
  /// Throws argument_error if the communicator is empty or was freed by MPI_Finalize.
  template <class Operations>
  static comm_state& state(const Operations& operations, const char* routine, const call_site& where);
  template <class Operations>
  static const std::shared_ptr<comm_state>& shared(const Operations& operations) noexcept;
};
/// At check level 1 the parts of communicator say that calls from a wrong thread are to be found.
template <class Operations>
concept checks_threads = requires {
  requires Operations::checked;
};
/// Throws argument_error if the granted thread level leaves MPI to one thread and this is another.
void check_thread(const char* routine, const comm_state& comm, const call_site& where);
[[noreturn]] void no_communicator(bool freed, const char* routine, const call_site& where);

/// Checks of arguments, made before any message leaves, in every build. Each throws argument_error. @{
[[noreturn]] void bad_dest(const char* routine, const comm_state& comm, int dest, const call_site& where);
[[noreturn]] void bad_source(const char* routine, const comm_state& comm, int source, const call_site& where);
[[noreturn]] void bad_tag(const char* routine, const comm_state& comm, int tag, const call_site& where);
[[noreturn]] void bad_root(const char* routine, const comm_state& comm, int root, const call_site& where);
[[noreturn]] void bad_counts(const char* routine, const comm_state& comm, std::size_t have, const call_site& where);
[[noreturn]] void bad_length(const char* routine, const comm_state& comm, std::size_t have, std::size_t want,
                             const call_site& where);

inline void check_dest(const char* routine, const comm_state& comm, int dest, int tag, const call_site& where) {
  if (static_cast<unsigned>(dest) >= static_cast<unsigned>(comm.size) && dest != MPI_PROC_NULL) [[unlikely]] {
    bad_dest(routine, comm, dest, where);
  }
  if (tag < 0 || tag > comm.tag_ub) [[unlikely]]
    bad_tag(routine, comm, tag, where);
}
inline void check_source(const char* routine, const comm_state& comm, int source, int tag, const call_site& where) {
  if (static_cast<unsigned>(source) >= static_cast<unsigned>(comm.size) && source != MPI_ANY_SOURCE &&
      source != MPI_PROC_NULL) [[unlikely]] {
    bad_source(routine, comm, source, where);
  }
  if ((tag < 0 && tag != MPI_ANY_TAG) || tag > comm.tag_ub) [[unlikely]]
    bad_tag(routine, comm, tag, where);
}
inline void check_root(const char* routine, const comm_state& comm, int root, const call_site& where) {
  if (static_cast<unsigned>(root) >= static_cast<unsigned>(comm.size)) [[unlikely]]
    bad_root(routine, comm, root, where);
}
/// `have` elements where `want` are needed.
inline void check_length(const char* routine, const comm_state& comm, std::size_t have, std::size_t want,
                         const call_site& where) {
  if (have != want) [[unlikely]]
    bad_length(routine, comm, have, want, where);
}
/// @}

/// Turns a failed MPI call into mpi_error.
inline void check(int code, const char* routine, const comm_state& comm, const call_site& where,
                  int peer = mpi_error::context::absent, int tag = mpi_error::context::absent,
                  std::size_t count = static_cast<std::size_t>(mpi_error::context::absent)) {
  if (code != MPI_SUCCESS) [[unlikely]] {
    throw_mpi_error(code, {routine, comm.rank, peer, tag, static_cast<std::ptrdiff_t>(count), where});
  }
}

}  // namespace cohort::detail
