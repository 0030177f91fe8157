// The example of docs/faults.md of a program that cohort-run --fault-tolerant keeps alive and that sends messages
// of its own.
#include <cohort/cluster.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <unistd.h>

namespace {

using cohort::test::world;

// example: verdict
/// On rank 0: `work` is your program.
int lead(const std::function<int()>& work) {
  const cohort::cluster::sign_of_life alive;  // a thread that tells cohort-run once a second
  const int status = work();
  cohort::cluster::leave_verdict({status, "all is done"});
  return status;
}
// end

TEST(Faults, AProgramLeavesItsVerdict) {
  const auto file = (std::filesystem::temp_directory_path() /
                     ("verdict." + std::to_string(::getpid()) + "." + std::to_string(world().rank())))
                        .string();
  ASSERT_EQ(::setenv("COHORT_VERDICT", file.c_str(), 1), 0);
  ASSERT_TRUE(cohort::cluster::ask_for_signs(file));
  const auto status = lead([&file] {
    while (!cohort::cluster::read_sign(file)) ::usleep(1000);
    return 4;
  });
  EXPECT_EQ(status, 4);
  EXPECT_EQ(cohort::cluster::read_verdict(file), (cohort::cluster::verdict{4, "all is done"}));
  cohort::cluster::remove_verdict(file);
  ::unsetenv("COHORT_VERDICT");
}

}  // namespace
