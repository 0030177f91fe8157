#pragma once

#include <string>
#include <vector>

namespace cohort_bench {

enum class verdict { ok, missed, too_noisy };

/// Medians over the rounds. Ratios are taken within a round, to the hand-written code.
struct figures {
  std::string name;
  double bar = 0;
  double hand_seconds = 0;  ///< of one operation
  double ratio = 0;
  double boost_ratio = 0;  ///< 0: not measured
  /// The hand-written code beside itself: its median, and how far its quartiles are from 1.
  double control_ratio = 0;
  double control_spread = 0;
  /// The widest spread that still judges a ratio near the bar.
  double tolerance = 0.1;
};

/// Missed: above the bar by more than what the control shows to be noise. Too noisy: the noise is wider than is
/// tolerated, and the ratio no farther from the bar than that.
[[nodiscard]] verdict judge(const figures& what) noexcept;

/// "ok", "MISSED", "too noisy to judge".
[[nodiscard]] const char* text(verdict what) noexcept;

/// What --check exits with: 1 if a bar was missed, else 3 if one could not be judged, else 0.
[[nodiscard]] int exit_status(const std::vector<figures>& all) noexcept;

}  // namespace cohort_bench
