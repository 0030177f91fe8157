#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace cohort_farm {

/// How far a run is.
struct progress_state {
  std::uint64_t total = 0;    ///< all tasks of the list
  std::uint64_t earlier = 0;  ///< of them, done by an earlier run
  std::uint64_t done = 0;     ///< ended in this run
  std::uint64_t failed = 0;   ///< of these
  std::uint64_t running = 0;
  double seconds = 0;  ///< since the run began
};

/// One line, no longer than `width`: "  40% 400/1000 done, 2 failed, 8 running, 12.5/s, 48 s left".
[[nodiscard]] std::string progress_line(const progress_state& now, std::size_t width = 79);

/// Seconds for people: "48 s", "3 min 20 s", "2 h 5 min", "3 d 4 h".
[[nodiscard]] std::string readable_seconds(double seconds);

/// Shows progress on a terminal, in place, at most five times a second.
class progress_display {
 public:
  using clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds interval{200};

  /// Shows nothing unless `wanted`; decide by is_terminal() or an option.
  progress_display(int fd, bool wanted) : fd_{fd}, wanted_{wanted} {}
  progress_display(const progress_display&) = delete;
  progress_display& operator=(const progress_display&) = delete;
  ~progress_display() { clear(); }

  /// Whether an update would be shown, so that the state need not be gathered in vain.
  [[nodiscard]] bool due(clock::time_point now) const noexcept { return wanted_ && now >= next_; }
  void update(const progress_state& state, clock::time_point now);
  /// Takes the line away: before anything else is written to the terminal, and at the end.
  void clear();

 private:
  void write(const std::string& text);

  int fd_;
  bool wanted_;
  bool shown_ = false;
  clock::time_point next_{};
};

[[nodiscard]] bool is_terminal(int fd);

}  // namespace cohort_farm
