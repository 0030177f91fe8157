#pragma once

#include <cohort/core/communicator.hpp>

namespace cohort::test {

/// All ranks of the test program.
[[nodiscard]] const communicator& world();

/// For the main function: what world() returns from now on. It must outlive the tests.
void set_world(const communicator& all);

}  // namespace cohort::test
