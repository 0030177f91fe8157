#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace cohort_apps {

/// Nothing to run: print `text` (on standard output if the status is 0, else on standard error) and leave.
struct early_exit {
  int status = 0;
  std::string text;

  void print() const { (void)std::fputs(text.c_str(), status == 0 ? stdout : stderr); }

  /// Prints, for rank 0 alone where mpirun has started several, and returns the status. Needs no MPI.
  [[nodiscard]] int leave() const {
    const char* const rank = std::getenv("OMPI_COMM_WORLD_RANK");
    if (rank == nullptr || std::string_view{rank} == "0") print();
    return status;
  }
};

[[nodiscard]] inline early_exit failure(std::string_view program, int status, std::string_view what) {
  return {status, fmt::format("{}: {}\n", program, what)};
}

}  // namespace cohort_apps
