#pragma once

#include "common/early_exit.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace cohort_run {

/// What the user wants, checked.
struct options {
  std::uint32_t ranks = 0;    ///< 0: as many as there are slots
  std::string hostfile = {};  ///< empty: none
  std::string hosts = {};     ///< as mpirun's --host; empty: none
  bool fault_tolerant = false;
  enum class binding : std::uint8_t { none, core, socket };
  binding bind = binding::none;
  std::vector<std::string> exported = {};  ///< NAME or NAME=VALUE, for ranks on other hosts
  bool dry_run = false;
  std::vector<std::string> command;  ///< the program and its arguments

  friend bool operator==(const options&, const options&) = default;
};

using cohort_apps::early_exit;

/// Reads the command line; opens no files.
[[nodiscard]] std::variant<options, early_exit> read_options(int argc, const char* const* argv);

}  // namespace cohort_run
