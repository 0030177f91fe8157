#pragma once

#include <cohort/core/datatype.hpp>
#include <cohort/core/detail/comm_state.hpp>
#include <cohort/core/detail/wire_count.hpp>
#include <cohort/core/finalize_hook.hpp>

#include <mpi.h>

#include <cstddef>
#include <vector>

namespace cohort::detail {

/// Messages inside a collective, for blocks that its one MPI call cannot carry: of any length, on a communicator
/// that users cannot receive from. Receives are all started first; sends block.
///
/// If one fails, the receives under way are cancelled before their memory goes.
class transfers {
 public:
  transfers(MPI_Comm shadow, const comm_state& state, const call_site& where) noexcept
      : shadow_{shadow}, state_{state}, where_{where} {}
  transfers(const transfers&) = delete;
  transfers& operator=(const transfers&) = delete;
  ~transfers() {
    for (auto& request : coming_) {
      if (request == MPI_REQUEST_NULL || !mpi_active()) continue;
      MPI_Cancel(&request);
      MPI_Wait(&request, MPI_STATUS_IGNORE);
    }
  }

  template <class Element>
  void recv(Element* to, std::size_t n, int source) {
    const wire_count wire{n * datatype<Element>::per_element, datatype<Element>::type()};
    coming_.push_back(MPI_REQUEST_NULL);
    check(MPI_Irecv(to, wire.count(), wire.type(), source, tag, shadow_, &coming_.back()), "MPI_Irecv", state_,
          where_, source, tag, n);
  }
  template <class Element>
  void send(const Element* what, std::size_t n, int dest) {
    const wire_count wire{n * datatype<Element>::per_element, datatype<Element>::type()};
    check(MPI_Send(what, wire.count(), wire.type(), dest, tag, shadow_), "MPI_Send", state_, where_, dest, tag, n);
  }
  /// Blocks until everything has come.
  void wait() {
    if (coming_.empty()) return;
    check(MPI_Waitall(static_cast<int>(coming_.size()), coming_.data(), MPI_STATUSES_IGNORE), "MPI_Waitall", state_,
          where_);
    coming_.clear();
  }

 private:
  static constexpr int tag = 0;

  MPI_Comm shadow_;
  const comm_state& state_;
  const call_site& where_;
  std::vector<MPI_Request> coming_;
};

}  // namespace cohort::detail
