// The examples of docs/journal.md.

#include <cohort/collective/bcast.hpp>
#include <cohort/journal.hpp>
#include <cohort/pattern/executor.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

namespace journal = cohort::journal;

double simulate(int seed, double temperature) {
  return temperature + seed;
}

TEST(docs_journal, executor) {
  const auto& world = cohort::test::world();
  auto file = testing::TempDir() + "cohort_docs_journal." + std::to_string(getpid());
  world.bcast(file);
  std::uint64_t reused = 0;
  // example: executor
  auto body = [&](cohort::executor& pool) {
    std::vector<cohort::future<double>> energies;
    for (int seed = 0; seed != 100; ++seed) energies.push_back(pool.submit(simulate, seed, 300.0));
    double sum = 0;
    for (auto& each : energies) sum += each.get();
    EXPECT_EQ(sum, 34950);
    reused = pool.statistics().reused;  // how many had been recorded by an earlier run
  };
  cohort::run_executor(world, body, {.journal = file});
  cohort::run_executor(world, body, {.journal = file});  // finds all results, and runs nothing
  // end
  if (world.rank() != 0) return;
  EXPECT_EQ(reused, 100U);
  std::filesystem::remove(file);
}

TEST(docs_journal, of_your_own) {
  const auto file = testing::TempDir() + "cohort_docs_own." + std::to_string(getpid());
  for (const int run : {0, 1}) {
    std::vector<int> known;
    {
      // example: own
      constexpr std::uint32_t step_done = 1;
      const auto of = journal::fingerprint{}.with("my simulation").with(20);  // what it belongs to
      journal::writer log{file, of, [&](const journal::record& found) {
                            if (found.kind != step_done || found.bytes.size() != sizeof(int)) return;
                            std::memcpy(&known.emplace_back(), found.bytes.data(), sizeof(int));
                          }};
      int step = known.empty() ? 0 : known.back() + 1;
      log.append(step_done, std::as_bytes(std::span{&step, 1}));  // survives kill -9 from here on,
      log.flush();                                                // and a power failure from here on
      log.close();                                                // says what the destructor would not
      // end
    }
    EXPECT_EQ(known.size(), static_cast<std::size_t>(run));
  }
  std::filesystem::remove(file);
}

}  // namespace
