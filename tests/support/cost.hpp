#pragma once

#include "support/allocation_counter.hpp"
#include "support/pmpi_counter.hpp"

#include <string>

namespace cohort::test {

/// The MPI calls that an operation makes on this rank: "MPI_Mprobe 1, MPI_Mrecv 1".
template <class Operation>
std::string calls(Operation&& operation) {
  const call_counter counter;
  operation();
  return counter.text();
}

/// The same with its heap allocations: "MPI_Bcast 1; allocations 0".
template <class Operation>
std::string cost(Operation&& operation) {
  const call_counter counter;
  const allocation_counter allocations;
  operation();
  const long allocated = allocations.count();
  return counter.text() + "; allocations " + std::to_string(allocated);
}

}  // namespace cohort::test
