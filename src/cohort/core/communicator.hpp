#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/collective_operations.hpp>
#include <cohort/core/datatype.hpp>
#include <cohort/core/detail/comm_state.hpp>
#include <cohort/core/icollective_operations.hpp>
#include <cohort/core/options.hpp>
#include <cohort/core/p2p_operations.hpp>
#include <cohort/core/status.hpp>

#include <concepts>
#include <memory>
#include <optional>

namespace boost::mpi {
class communicator;
}

namespace cohort {

namespace detail {

/// Stands for boost::mpi::comm_attach, the third of its enumerators, without Boost.MPI's headers.
struct boost_attach {
  template <class Enum>
  requires std::is_enum_v<Enum>
  operator Enum() const noexcept {  // NOLINT(google-explicit-constructor)
    return static_cast<Enum>(2);
  }
};
}  // namespace detail

/// How a communicator takes over an MPI_Comm that somebody else made.
enum class ownership {
  duplicate,  ///< an own duplicate, with tags of its own; collective
  adopt,      ///< frees it in the end
  borrow      ///< uses it, never frees it; it must outlive this object
};

/// A group of ranks that can talk to each other, on messages of their own.
///
/// A handle: copies name the same MPI communicator, the last one frees it (or MPI_Finalize does, if that comes
/// first). Errors come as exceptions: argument_error for what was asked wrongly (found before any message is sent),
/// mpi_error for what MPI reports; the MPI error handler of our communicators is MPI_ERRORS_RETURN.
///
/// The operations are listed in p2p_operations.hpp, collective_operations.hpp and icollective_operations.hpp, and
/// defined one per header; include <cohort/p2p.hpp>, <cohort/collective.hpp> or the single header named beside
/// each. What they take and return:
///   - plain values and contiguous ranges of plain elements (see datatype.hpp) go as they lie in memory, in one MPI
///   call;
///   - any other type is serialised (see serial/archive.hpp).
class communicator : public p2p_operations, public collective_operations, public icollective_operations {
 public:
  /// Talks to nobody; every operation throws until a real one is assigned.
  communicator() noexcept = default;

  /// Takes `comm` over as `how` says. With ownership::duplicate a collective call over it.
  explicit communicator(MPI_Comm comm, ownership how = ownership::duplicate);
  /// The same for a Boost.MPI communicator.
  template <std::same_as<boost::mpi::communicator> Boost>
  explicit communicator(const Boost& comm, ownership how = ownership::duplicate)
      : communicator{static_cast<MPI_Comm>(comm), how} {}

  [[nodiscard]] int rank() const noexcept { return state_ ? state_->rank : unset; }
  [[nodiscard]] int size() const noexcept { return state_ ? state_->size : 0; }
  /// False for a default-constructed one, and for what split() gives a rank that took no part.
  explicit operator bool() const noexcept { return state_ != nullptr && state_->comm != MPI_COMM_NULL; }

  /// The MPI handle, still ours to free.
  [[nodiscard]] MPI_Comm native() const noexcept { return state_ ? state_->comm : MPI_COMM_NULL; }
  operator MPI_Comm() const noexcept { return native(); }  // NOLINT(google-explicit-constructor)
  /// A Boost.MPI communicator on the same MPI_Comm, which stays ours. Include <boost/mpi/communicator.hpp> first.
  template <std::same_as<boost::mpi::communicator> Boost>
  [[nodiscard]] explicit operator Boost() const {
    return Boost(native(), detail::boost_attach{});
  }

  /// The same ranks with messages of their own. Collective.
  [[nodiscard]] communicator duplicate(call_site where = call_site::current()) const;
  /// One communicator per value of `color`, its ranks in the order of `key`, then of their rank here. A rank that
  /// gives no color (std::nullopt) gets one that is false. Collective.
  [[nodiscard]] communicator split(std::optional<int> color, int key = 0,
                                   call_site where = call_site::current()) const;
  /// The ranks that share this rank's memory: those on its node. Collective.
  [[nodiscard]] communicator split_shared(int key = 0, call_site where = call_site::current()) const;

  friend bool operator==(const communicator& a, const communicator& b) noexcept { return a.native() == b.native(); }

 private:
  friend struct detail::access;
  std::shared_ptr<detail::comm_state> state_;
};

template <class Operations>
detail::comm_state& detail::access::state(const Operations& operations, const char* routine,
                                          const call_site& where) {
  const auto& comm = static_cast<const communicator&>(operations);
  if (!comm) [[unlikely]]
    no_communicator(comm.state_ != nullptr, routine, where);
  if constexpr (checks_threads<Operations>) check_thread(routine, *comm.state_, where);
  return *comm.state_;
}
template <class Operations>
const std::shared_ptr<detail::comm_state>& detail::access::shared(const Operations& operations) noexcept {
  return static_cast<const communicator&>(operations).state_;
}

}  // namespace cohort
