#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cohort::test {

/// Counts the calls of MPI that this rank makes while it lives (all threads), by name. It stands between the
/// program and MPI through MPI's profiling interface, and counts what communicates or makes and frees handles; not
/// the local queries such as MPI_Comm_rank.
class call_counter {
 public:
  call_counter();
  [[nodiscard]] long count(std::string_view name) const;
  [[nodiscard]] long total() const;
  /// What was called, in the order of names: "MPI_Mprobe 1, MPI_Mrecv 1". Compare with this for readable failures.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<long> before_;
};

}  // namespace cohort::test
