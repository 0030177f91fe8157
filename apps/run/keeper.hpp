#pragma once

#include <cohort/cluster/launcher_output.hpp>

#include "common/descriptor.hpp"
#include "run/hang_watch.hpp"
#include "run/input_relay.hpp"
#include "run/launch.hpp"
#include "run/noise_filter.hpp"
#include "run/outcome.hpp"
#include "run/output_relay.hpp"
#include "run/signals.hpp"
#include "run/start_watch.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <sys/types.h>
#include <unistd.h>

namespace cohort_run {

using cohort_apps::descriptor;

/// Runs mpirun as a child, passes signals on to it, carries its output, filters its standard error, and ends what
/// it leaves behind: a process of its own, so that it can do all that when cohort-run has been killed. One per
/// process.
class keeper {
 public:
  struct settings {
    bool fault_tolerant = false;
    bool own_group = false;  ///< it and mpirun are no members of the terminal's process group
    std::string verdict;     ///< the file
  };
  keeper(const launch& what, const settings& how, const signals& watched);

  /// Until the job has ended. Returns cohort-run's exit status.
  int run();

 private:
  using clock = std::chrono::steady_clock;

  void start();
  void take_signal(const siginfo_t& what);
  void wait_a_moment() const;
  void read_errors();
  /// As much as the reader of our standard error takes now.
  void write_errors();
  void finish_output();
  /// Nobody can have what the ranks print any more.
  void take_output_error();
  void take_end();
  void look();
  void look_for_root(clock::time_point last_look);
  void look_for_ranks();
  [[nodiscard]] bool overdue() const;

  const launch& launch_;
  const settings& settings_;
  const signals& signals_;
  std::optional<cohort::cluster::output_offer> output_;  ///< ours, for rank 0
  descriptor errors_;
  input_relay input_;  ///< in a group of its own only: a terminal is mpirun's to read
  output_relay relay_;
  noise_filter filter_;
  start_watch watch_;
  std::string unwritten_;  ///< for standard error; nothing more is read before it is written
  clock::time_point last_output_{};
  pid_t mpirun_ = 0;
  pid_t root_ = 0;                   ///< rank 0, if it runs here
  std::optional<std::string> sign_;  ///< the last of rank 0's life
  clock::time_point sign_since_{};
  clock::time_point started_{};
  bool ended_ = false;
  ending ending_;
  std::optional<clock::time_point> verdict_since_;
  std::optional<clock::time_point> root_lost_since_;
  std::optional<clock::time_point> rank_lost_since_;
  bool root_silent_ = false;
  hang_watch hang_;
  std::optional<clock::time_point> interrupted_since_;
  std::optional<clock::time_point> told_to_end_;  ///< mpirun, by a signal
  clock::time_point next_look_{};
};

}  // namespace cohort_run
