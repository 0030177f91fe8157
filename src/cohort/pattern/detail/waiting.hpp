#pragma once

#include <cohort/core/detail/backoff.hpp>

namespace cohort::detail {

/// Waits for something that another process does, by once(): at first without pause, but letting others have the
/// core, then asleep for ever longer. What is waited for is noticed later by a part of the time it took, and by 1.3
/// ms at most.
using waiting = backoff;

}  // namespace cohort::detail
