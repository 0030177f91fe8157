// What rank 0 writes while it lives, for cohort-run.

#include <cohort/cluster/sign_of_life.hpp>
#include <cohort/cluster/verdict.hpp>

#include "cluster_test_support.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

namespace {

using namespace cluster_test;
using namespace cohort::cluster;

/// The next sign but `last`; waits for it.
std::string next_sign(const std::string& verdict, const std::optional<std::string>& last = {}) {
  for (;;) {
    if (const auto sign = read_sign(verdict); sign && sign != last) return *sign;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
}

TEST(SignOfLife, ChangesWhileItLives) {
  const scratch folder;
  const auto file = folder.path("verdict");
  ASSERT_TRUE(ask_for_signs(file));
  EXPECT_FALSE(read_sign(file).has_value());
  {
    const sign_of_life alive{asking_for(file)};
    const auto first = next_sign(file);
    EXPECT_FALSE(says_starting(first));
    EXPECT_NE(next_sign(file, first), first);
  }
  const auto last = read_sign(file);
  EXPECT_TRUE(last.has_value()) << "the last one stays";
  std::this_thread::sleep_for(std::chrono::milliseconds{1200});
  EXPECT_EQ(read_sign(file), last);
}

TEST(SignOfLife, AStartMayTakeSoLong) {
  const scratch folder;
  const auto file = folder.path("verdict");
  ASSERT_TRUE(ask_for_signs(file));
  {
    const sign_of_life begins{std::chrono::seconds{100}, asking_for(file)};
    EXPECT_TRUE(says_starting(next_sign(file)));
  }
  ASSERT_TRUE(ask_for_signs(file));
  sign_of_life alive{std::chrono::seconds{0}, asking_for(file)};
  std::this_thread::sleep_for(std::chrono::milliseconds{1200});
  EXPECT_FALSE(read_sign(file).has_value());
  alive.begun();
  EXPECT_FALSE(says_starting(next_sign(file)));
}

TEST(SignOfLife, NobodyAsks) {
  const scratch folder;
  const auto file = folder.path("verdict");
  {
    const sign_of_life nobody{[](const char*) { return std::optional<std::string>{}; }};
    const sign_of_life empty{asking_for("")};
    const sign_of_life unasked{asking_for(file)};
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  EXPECT_FALSE(std::filesystem::exists(file + ".alive"));
  EXPECT_FALSE(ask_for_signs(folder.path("no/such/folder")));
}

TEST(SignOfLife, DoesNotComeBackWhenItsFileIsGone) {
  const scratch folder;
  const auto file = folder.path("verdict");
  ASSERT_TRUE(ask_for_signs(file));
  const sign_of_life alive{asking_for(file)};
  (void)next_sign(file);
  EXPECT_TRUE(leave_verdict({0, ""}, asking_for(file)));
  remove_verdict(file);
  remove_verdict(file);
  EXPECT_FALSE(read_verdict(file).has_value());
  std::this_thread::sleep_for(std::chrono::milliseconds{1200});
  EXPECT_FALSE(std::filesystem::exists(file + ".alive"));
}

}  // namespace
