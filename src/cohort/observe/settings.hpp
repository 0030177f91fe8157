#pragma once

#include <cohort/core/detail/watch.hpp>

#include <string_view>

namespace cohort::observe {

/// Reads "30", "30s", "500ms", "5min", each also with ",abort" behind; "0" and "off" are off. Throws
/// argument_error.
[[nodiscard]] cohort::detail::watch_settings read_settings(std::string_view text);

}  // namespace cohort::observe
