#pragma once

#include "run/launch.hpp"
#include "run/options.hpp"

#include <optional>
#include <string>

namespace cohort_run {

/// Why the program `name` cannot be started on this host, in the words of execvp: std::nullopt if it can. `path` is
/// PATH.
[[nodiscard]] std::optional<std::string> cannot_start(const std::string& name,
                                                      const std::optional<std::string>& path);

/// Whether ranks run on this host, as far as is known before: not where another program has written down the hosts.
[[nodiscard]] bool has_ranks_here(const options& how, const situation& where);

}  // namespace cohort_run
