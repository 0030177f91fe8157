#pragma once

#include <csignal>
#include <cstdint>
#include <span>
#include <vector>

namespace cohort::crew {

/// Notes signals that come to this process, and does nothing else about them, until its destruction restores what
/// was done before. Several at a time, which may go in any order: a signal is noted by all that watch it. Any
/// thread may ask.
class signal_watch {
 public:
  /// Throws argument_error for a number that is no signal, or one that cannot be handled (SIGKILL).
  explicit signal_watch(std::span<const int> signals);
  signal_watch(const signal_watch&) = delete;
  signal_watch& operator=(const signal_watch&) = delete;
  ~signal_watch();

  /// How many have come since it was made.
  [[nodiscard]] std::uint32_t count() const noexcept;
  [[nodiscard]] bool watches(int signal) const noexcept;
  /// Whether this one is watched, and has come.
  [[nodiscard]] bool came(int signal) const noexcept;
  /// One of those that have; 0 if none has.
  [[nodiscard]] int which() const noexcept;

 private:
  struct watched {
    int number;
    std::uint32_t before;     ///< noted before this was made
    struct sigaction action;  ///< what was done before
  };
  void add(int number);
  void restore() noexcept;
  [[nodiscard]] watched* find(int number) noexcept;

  std::vector<watched> watched_;
  signal_watch* older_;  ///< of those that there are: the one that was made before this
};

}  // namespace cohort::crew
