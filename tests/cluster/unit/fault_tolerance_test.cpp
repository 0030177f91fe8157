// How a job is told that it is to survive losses.

#include <cohort/cluster/fault_tolerance.hpp>
#include <cohort/core/error.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace {

using namespace cohort::cluster;

variables saying(const std::optional<std::string>& what) {
  return [what](const char* name) -> std::optional<std::string> {
    return std::string{name} == "COHORT_FAULT_TOLERANT" ? what : std::nullopt;
  };
}

TEST(FaultTolerance, IsAskedForByOne) {
  EXPECT_TRUE(fault_tolerant(saying("1")));
  EXPECT_FALSE(fault_tolerant(saying("0")));
  EXPECT_FALSE(fault_tolerant(saying("")));
  EXPECT_FALSE(fault_tolerant(saying(std::nullopt)));
}

TEST(FaultTolerance, IsNotGuessed) {
  for (const char* odd : {"yes", "true", "2", " 1"}) {
    EXPECT_THROW((void)fault_tolerant(saying(odd)), cohort::argument_error) << odd;
  }
}

}  // namespace
