#pragma once

#include <cohort/cluster/allocation.hpp>
#include <cohort/cluster/cores.hpp>
#include <cohort/cluster/hostfile.hpp>

#include "run/options.hpp"

#include <string>
#include <utility>
#include <vector>

namespace cohort_run {

/// Where cohort-run finds itself.
struct situation {
  cohort::cluster::allocation given;
  cohort::cluster::cores cores;
  cohort::cluster::hostfile hosts;     ///< of --hostfile or --host
  std::string this_host;               ///< by what name mpirun knows it
  std::vector<std::string> variables;  ///< names of all that are set
  cohort::cluster::variables environment;
  bool root = false;
};

/// What is started: mpirun's command line, and what is added to its environment.
struct launch {
  std::vector<std::string> arguments;  ///< argv, "mpirun" first
  std::vector<std::pair<std::string, std::string>> environment;
  bool elsewhere = false;  ///< ranks may run on other hosts
  /// The user wants what mpirun makes of the ranks' output (a tag to each line ...): rank 0 gets no other.
  bool relayed = false;

  /// As a line for a shell.
  [[nodiscard]] std::string text() const;
};

/// Decides it; a pure function. Throws run_error where nothing can be started, as within a job of mpirun.
[[nodiscard]] launch plan_launch(const options& how, const situation& where);

/// `word` as a shell reads it back.
[[nodiscard]] std::string shell_quoted(const std::string& word);

}  // namespace cohort_run
