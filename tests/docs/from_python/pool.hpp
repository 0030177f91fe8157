#pragma once

#include <cohort/pattern/executor.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

namespace docs {

/// What `with Pool() as pool:` is to an example.
template <class Body>
void with_pool(Body body) {
  EXPECT_EQ(cohort::run_executor(cohort::test::world(), body), 0);
}

}  // namespace docs
