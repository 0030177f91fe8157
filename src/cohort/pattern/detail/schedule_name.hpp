#pragma once

#include <cohort/dispatch/settings.hpp>

#include <string_view>

namespace cohort::detail {

/// The schedule of this name, as the enumerators are written; throws argument_error if there is none.
[[nodiscard]] dispatch::schedule schedule_named(std::string_view name);

}  // namespace cohort::detail
