#include <cohort/dispatch/schedule.hpp>

#include <gtest/gtest.h>

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

}  // namespace

TEST(Schedule, FactoringHalvesWhatRemainsAfterEachRound) {
  EXPECT_EQ(portions(schedule::factoring, 100, 4),
            (std::vector<std::uint64_t>{13, 13, 13, 13, 6, 6, 6, 6, 3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1}));
}

TEST(Schedule, TheOthers) {
  EXPECT_EQ(portions(schedule::self, 3, 2), (std::vector<std::uint64_t>{1, 1, 1}));
  EXPECT_EQ(portions(schedule::guided, 10, 2), (std::vector<std::uint64_t>{5, 3, 1, 1}));
  EXPECT_EQ(portions(schedule::static_block, 10, 3), (std::vector<std::uint64_t>{4, 4, 2}));
}

TEST(Schedule, CoversEverythingForAnySize) {
  for (const schedule how : {schedule::automatic, schedule::self, schedule::guided, schedule::static_block}) {
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
