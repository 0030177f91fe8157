#pragma once

#include <array>
#include <chrono>
#include <csignal>
#include <optional>

namespace cohort_farm {

/// Ctrl-C and its relatives: SIGINT, SIGTERM and SIGHUP only leave a note, so that the run can be ended in order.
/// A signal that was ignored before (nohup) stays so. From its construction to its destruction, which restores what
/// was before; one per process. Under mpirun, Ctrl-C reaches every rank as SIGTERM, and SIGKILL follows about a
/// second later. SIGUSR1, which Slurm can be told to send before the time limit, leaves a note of its own.
class interruption {
 public:
  interruption();
  interruption(const interruption&) = delete;
  interruption& operator=(const interruption&) = delete;
  ~interruption();

  /// A signal has come that ends the run.
  [[nodiscard]] static bool requested() noexcept;
  /// Which; 0 if none.
  [[nodiscard]] static int signal() noexcept;
  /// SIGUSR1 has come: the run is to drain.
  [[nodiscard]] static bool drain_requested() noexcept;
  /// When this signal came last; nothing if it did not.
  [[nodiscard]] static std::optional<std::chrono::steady_clock::time_point> received(int number) noexcept;

 private:
  static constexpr std::array watched_{SIGINT, SIGTERM, SIGHUP, SIGUSR1};
  std::array<struct sigaction, watched_.size()> before_{};
};

}  // namespace cohort_farm
