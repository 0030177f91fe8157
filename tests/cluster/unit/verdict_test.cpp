// What a job leaves for cohort-run.

#include <cohort/cluster/verdict.hpp>

#include "cluster_test_support.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace {

using namespace cluster_test;
using namespace cohort::cluster;

TEST(Verdict, TheLastOneCounts) {
  const scratch folder;
  const auto file = folder.path("verdict");
  EXPECT_FALSE(read_verdict(file).has_value());
  EXPECT_TRUE(leave_verdict({3, "three tasks failed\nand more"}, asking_for(file)));
  EXPECT_EQ(read_verdict(file), (verdict{3, "three tasks failed"}));
  EXPECT_TRUE(leave_verdict({0, ""}, asking_for(file)));
  EXPECT_EQ(read_verdict(file), (verdict{0, ""}));
}

TEST(Verdict, NobodyAsks) {
  const scratch folder;
  EXPECT_FALSE(leave_verdict({0, ""}, [](const char*) { return std::optional<std::string>{}; }));
  EXPECT_FALSE(leave_verdict({0, ""}, asking_for("")));
  EXPECT_FALSE(leave_verdict({0, ""}, asking_for(folder.path("no/such/folder"))));
}

TEST(Verdict, WhatIsNone) {
  const scratch folder;
  for (const auto* text : {"", "\n", "fine\n", "-1 x\n", "256 x\n", "99999999999\n"}) {
    folder.write("verdict", text);
    EXPECT_FALSE(read_verdict(folder.path("verdict")).has_value()) << text;
  }
  folder.write("verdict", "7");
  EXPECT_EQ(read_verdict(folder.path("verdict")), (verdict{7, ""}));
}

}  // namespace
