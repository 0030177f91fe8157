#pragma once

#include <cohort/core/detail/backoff.hpp>

namespace cohort::crew {

using detail::backoff;

}  // namespace cohort::crew
