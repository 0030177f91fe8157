#pragma once

#include <array>
#include <csignal>

namespace cohort_farm {

/// Ctrl-C and its relatives: SIGINT, SIGTERM and SIGHUP only leave a note, so that the run can be ended in order.
/// A signal that was ignored before (nohup) stays so. From its construction to its destruction, which restores what
/// was before; one per process. Under mpirun, Ctrl-C reaches every rank as SIGTERM, and SIGKILL follows about a
/// second later.
class interruption {
 public:
  interruption();
  interruption(const interruption&) = delete;
  interruption& operator=(const interruption&) = delete;
  ~interruption();

  /// A signal has come.
  [[nodiscard]] static bool requested() noexcept;
  /// Which; 0 if none.
  [[nodiscard]] static int signal() noexcept;

 private:
  static constexpr std::array watched_{SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, watched_.size()> before_{};
};

}  // namespace cohort_farm
