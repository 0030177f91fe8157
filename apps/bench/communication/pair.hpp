#pragma once

#include <cohort/core/communicator.hpp>

namespace cohort_bench {

/// A message from rank 0 to rank 1 and one back; the other ranks do nothing.
template <class Send, class Receive>
auto ping_pong(const cohort::communicator& world, Send send, Receive receive) {
  return [rank = world.rank(), send, receive] {
    if (rank == 0) {
      send(1);
      receive(1);
    } else if (rank == 1) {
      receive(0);
      send(0);
    }
  };
}

}  // namespace cohort_bench
