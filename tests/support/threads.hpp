#pragma once

#include <cohort/core/environment.hpp>

namespace cohort::test {

/// The thread level that the main function asks for: funneled, unless the test program defines this function.
[[nodiscard]] thread_level threads();

}  // namespace cohort::test
