#pragma once

#include "common/early_exit.hpp"
#include "fibonacci/report.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace fibonacci {

/// What the user wants computed.
struct request {
  std::vector<std::uint64_t> asked;     ///< in the order of the input, at least one
  std::vector<std::uint64_t> distinct;  ///< the same without duplicates, ascending
  report_options report;
  bool full = false;
  bool compare = false;
};

using cohort_apps::early_exit;

/// Reads the command line and the files that it names, standard input included. Status 2: the command line is
/// wrong; 1: a file is.
[[nodiscard]] std::variant<request, early_exit> read_request(int argc, const char* const* argv);

}  // namespace fibonacci
