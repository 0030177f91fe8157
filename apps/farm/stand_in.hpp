#pragma once

#include "farm/replacements.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cohort_farm::stand_in {

/// The first argument of a process that the root starts in the place of a lost rank; two of its own and the root's
/// follow.
inline constexpr std::string_view argument = "--in-place-of";

struct role {
  int place = 0;         ///< the rank whose number and slots its commands have
  bool limited = false;  ///< the run has a time limit
};

/// What this process is, if that; its own arguments are gone from `argv` then.
[[nodiscard]] std::optional<role> take_role(int& argc, char** argv);

/// How this program is started once more. On the root.
class starter {
 public:
  /// With the arguments that the root was given.
  starter(int argc, char** argv) : arguments_{argv + 1, argv + argc} {}

  /// What replacements call, in threads of their own: needs thread_level::multiple.
  [[nodiscard]] replacements::starter of(bool limited) const;

 private:
  std::vector<std::string> arguments_;
};

}  // namespace cohort_farm::stand_in
