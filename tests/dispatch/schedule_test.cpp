#include <cohort/dispatch/schedule.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace cohort::dispatch;

namespace {

std::vector<std::uint64_t> portions(schedule how, std::uint64_t total, std::uint64_t workers) {
  std::vector<std::uint64_t> all;
  std::uint64_t position = 0;
  while (const std::uint64_t chunk = chunk_at(how, position, total, workers)) {
    all.push_back(chunk);
    position += chunk;
  }
  EXPECT_EQ(position, total);
  return all;
}

/// How many of the first 2000 portions of a trapezoid follow the rules, or all if there are fewer.
std::uint64_t portions_but_no_more(std::uint64_t total, std::uint64_t workers) {
  std::uint64_t position = 0;
  std::uint64_t before = total;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const std::uint64_t chunk = chunk_at(schedule::trapezoid, position, total, workers);
    if (chunk == 0) return position == total ? 2000 : i;
    if (chunk > total - position || (i > 0 && chunk > before + 1)) return i;
    before = chunk;
    position += chunk;
  }
  return 2000;
}

}  // namespace

TEST(Schedule, FactoringHalvesWhatRemainsAfterEachRound) {
  EXPECT_EQ(portions(schedule::factoring, 100, 4),
            (std::vector<std::uint64_t>{13, 13, 13, 13, 6, 6, 6, 6, 3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1}));
}

TEST(Schedule, TheOthers) {
  EXPECT_EQ(portions(schedule::self, 3, 2), (std::vector<std::uint64_t>{1, 1, 1}));
  EXPECT_EQ(portions(schedule::guided, 10, 2), (std::vector<std::uint64_t>{5, 3, 1, 1}));
  EXPECT_EQ(portions(schedule::static_block, 10, 3), (std::vector<std::uint64_t>{4, 4, 2}));
  EXPECT_EQ(portions(schedule::static_cyclic, 4, 3), (std::vector<std::uint64_t>{1, 1, 1, 1}));
}

TEST(Schedule, TheTrapezoidShrinksLinearly) {
  // Tzen and Ni's 1000 tasks for 4 workers: 16 portions, the first of 125, each about 124 / 15 smaller.
  EXPECT_EQ(portions(schedule::trapezoid, 1000, 4),
            (std::vector<std::uint64_t>{125, 117, 109, 100, 92, 83, 76, 67, 59, 50, 43, 34, 26, 17, 2}));
  for (const std::uint64_t total : {1U, 2U, 17U, 1000U, 123'457U}) {
    for (const std::uint64_t workers : {1U, 2U, 5U, 64U, 1000U}) {
      const auto all = portions(schedule::trapezoid, total, workers);
      EXPECT_EQ(all[0], (total + 2 * workers - 1) / (2 * workers));
      EXPECT_LE(all.size(), (2 * total + all[0]) / (all[0] + 1));
      for (std::size_t i = 1; i < all.size(); ++i) EXPECT_LE(all[i], all[i - 1] + 1);
      EXPECT_TRUE(all.size() <= 2 || all[0] == 1 || all[all.size() / 2] < all[0]);
    }
  }
}

TEST(Schedule, WithinAPortionTheTrapezoidGivesItsRest) {
  EXPECT_EQ(chunk_at(schedule::trapezoid, 100, 1000, 4), 25U);
  EXPECT_EQ(chunk_at(schedule::trapezoid, 124, 1000, 4), 1U);
  EXPECT_EQ(chunk_at(schedule::trapezoid, 999, 1000, 4), 1U);
  static_assert(chunk_at(schedule::trapezoid, 0, 1000, 4) == 125);
}

TEST(Schedule, NamesAreReadAndWritten) {
  for (int i = 0; i < 8; ++i) {
    const auto how = static_cast<schedule>(i);
    EXPECT_EQ(parse_schedule(to_string(how)), how);
  }
  EXPECT_EQ(to_string(schedule::static_cyclic), "static_cyclic");
  EXPECT_EQ(parse_schedule("guided"), schedule::guided);
  EXPECT_THROW((void)parse_schedule(""), cohort::argument_error);
  EXPECT_THROW((void)parse_schedule("Guided"), cohort::argument_error);
  try {
    (void)parse_schedule("dynamic");
    FAIL() << "there is no such schedule";
  } catch (const cohort::argument_error& e) {
    const std::string said = e.what();
    for (int i = 0; i < 8; ++i) {
      EXPECT_NE(said.find(to_string(static_cast<schedule>(i))), std::string::npos) << said;
    }
    EXPECT_NE(said.find("\"dynamic\""), std::string::npos) << said;
  }
}

TEST(Schedule, CoversEverythingForAnySize) {
  for (const schedule how : {schedule::automatic, schedule::self, schedule::guided, schedule::static_block,
                             schedule::static_cyclic, schedule::trapezoid}) {
    for (std::uint64_t total = 0; total < 200; ++total) {
      for (const std::uint64_t workers : {1U, 2U, 3U, 7U, 1000U}) (void)portions(how, total, workers);
    }
  }
}

TEST(Schedule, HugeTotals) {
  constexpr std::uint64_t huge = ~std::uint64_t{0};
  EXPECT_EQ(chunk_at(schedule::factoring, 0, huge, 2), std::uint64_t{1} << 62);
  EXPECT_EQ(chunk_at(schedule::factoring, huge - 1, huge, 2), 1U);
  EXPECT_EQ(chunk_at(schedule::guided, 0, huge, 1), huge);
  for (const std::uint64_t workers : {std::uint64_t{1}, std::uint64_t{1} << 20, huge}) {
    EXPECT_EQ(portions_but_no_more(huge, workers), 2000U);
    EXPECT_EQ(chunk_at(schedule::trapezoid, huge - 1, huge, workers), 1U);
  }
}

TEST(Schedule, MisuseIsAnArgumentError) {
  EXPECT_THROW((void)chunk_at(schedule::self, 0, 1, 0), cohort::argument_error);
  EXPECT_THROW((void)chunk_at(schedule::adaptive, 0, 1, 1), cohort::argument_error);
}

TEST(Chunker, SharesABatchBySlots) {
  chunker c{schedule::factoring};
  EXPECT_EQ(c.size(800, 1, 4), 100U);
  c.took(100);
  EXPECT_EQ(c.size(700, 2, 4), 200U);  // still of the same batch
  c.took(300);
  EXPECT_EQ(c.size(400, 1, 4), 50U);
  EXPECT_EQ(c.size(8, 1, 4), 2U);  // the rest was cancelled
  EXPECT_EQ(c.size(0, 1, 4), 1U);
}

TEST(Chunker, FollowsATrapezoid) {
  chunker c{schedule::trapezoid};
  EXPECT_EQ(c.size(1000, 1, 4), 125U);
  c.took(125);
  EXPECT_EQ(c.size(875, 2, 4), 2 * 117U);
  c.took(200);  // less than it might have been: what is left of that portion comes next
  EXPECT_EQ(c.size(675, 1, 4), 26U);
  c.took(675);
  EXPECT_EQ(c.size(80, 1, 4), 10U);  // anew
  EXPECT_EQ(c.size(5, 1, 4), 5U);    // the rest was cancelled
}
