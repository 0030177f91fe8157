#pragma once

#include <cstddef>
#include <limits>
#include <string>

namespace cohort {

/// For `replicas`: as many as there are ranks to spare.
inline constexpr int as_many_as_fit = 0;
/// For `replicas`: ranks to spare go where the first items took the longest, as measured. Not for keyed stages.
inline constexpr int automatic = std::numeric_limits<int>::min();

/// How a stage of a pipeline runs: cohort::stage(blur, {.name = "blur", .replicas = 3}).
struct stage_options {
  std::string name = {};          ///< for errors and statistics; empty: "stage N", its number in the pipeline
  int replicas = as_many_as_fit;  ///< ranks that run it, if there are so many; or automatic
  int threads = 1;                ///< of each of these ranks that run it at the same time; see stage()
  bool stateful = false;          ///< what it makes of an item depends on those before: one replica
  bool ordered = false;           ///< takes items in the order of the source: one replica
};

/// What a sink's function may return: whether it wants more. After `stop` the pipeline ends without an error; what
/// is on its way is dropped.
enum class pipeline_flow { go_on, stop };

/// How the sink runs.
struct sink_options {
  std::string name = "sink";
  bool ordered = false;  ///< takes items in the order of the source, not as they come
};

/// How a pipeline runs, the same on every rank.
struct pipeline_options {
  /// What a rank may have sent to another one that has not begun with it yet, at most, in bytes and in items; but
  /// two items always. Where order is restored, so many items for each replica may be on their way between the
  /// stage whose order it is and there. At least 1.
  std::size_t window_bytes = std::size_t{8} << 20;
  std::size_t window_items = 4096;
  /// In a loop: what may have been given back and wait, in items. With more the pipeline fails, before memory does.
  std::size_t feedback_items = std::numeric_limits<std::size_t>::max();
};

}  // namespace cohort
