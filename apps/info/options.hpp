#pragma once

#include "common/early_exit.hpp"

#include <string>
#include <variant>

namespace cohort_info {

struct options {
  bool json = false;
  bool quick = false;       ///< start no other program: no mpirun, no ssh, no squeue
  std::string hostfile;     ///< to be checked; empty: none
  std::string ssh = "ssh";  ///< how its hosts are reached
  unsigned timeout = 10;    ///< seconds for a host, and for mpirun

  friend bool operator==(const options&, const options&) = default;
};

using cohort_apps::early_exit;

[[nodiscard]] std::variant<options, early_exit> read_options(int argc, const char* const* argv);

}  // namespace cohort_info
