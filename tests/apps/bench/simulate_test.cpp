#include <cohort/core/error.hpp>

#include "bench/simulate/settings.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace cohort_simulate {
namespace {

using namespace std::chrono_literals;

settings with(std::uint32_t workers, std::uint32_t groups, distribution kind = distribution::exponential) {
  settings how;
  how.workers = workers;
  how.groups = groups;
  how.kind = kind;
  how.tasks_per_worker = 50;
  how.task_time = 2ms;
  return how;
}

void expect_same(const result& a, const result& b) {
  EXPECT_EQ(a.simulated_seconds, b.simulated_seconds);
  EXPECT_EQ(a.work_seconds, b.work_seconds);
  EXPECT_EQ(a.root_busy, b.root_busy);
  EXPECT_EQ(a.leaders_busy, b.leaders_busy);
  EXPECT_EQ(a.letters, b.letters);
  EXPECT_EQ(a.events, b.events);
}

TEST(Simulate, SameSeedSameBits) {
  for (const std::uint32_t groups : {0U, 10U}) {
    auto how = with(100, groups);
    const auto once = simulate(how);
    expect_same(once, simulate(how));
    how.seed = 2;
    EXPECT_NE(once.simulated_seconds, simulate(how).simulated_seconds);
  }
}

TEST(Simulate, HundredWorkersAreBusyMostOfTheTime) {
  for (const auto kind :
       {distribution::constant, distribution::exponential, distribution::pareto, distribution::sorted}) {
    for (const std::uint32_t groups : {0U, 10U}) {
      SCOPED_TRACE(to_string(kind) + (groups > 0 ? ", two levels" : ", one level"));
      const auto got = simulate(with(100, groups, kind));
      EXPECT_EQ(got.tasks, 5'000U);
      EXPECT_NEAR(got.work_seconds, 5'000 * 2e-3, kind == distribution::constant ? 1e-9 : 1);
      EXPECT_GT(got.efficiency, 0.6);
      EXPECT_LE(got.efficiency, 1);
      EXPECT_GT(got.root_busy, 0);
      EXPECT_EQ(got.leaders_busy > 0, groups > 0);
      EXPECT_LT(got.leaders_busy, 1);
    }
  }
}

/// simulate() itself verifies that every task was delivered once.
TEST(Simulate, EveryTaskIsDoneHoweverFewWorkersAndWhateverTheSchedule) {
  using cohort::dispatch::schedule;
  for (const auto how :
       {schedule::automatic, schedule::self, schedule::guided, schedule::trapezoid, schedule::adaptive}) {
    for (std::uint32_t workers = 1; workers <= 7; ++workers) {
      for (std::uint32_t groups = 0; groups < workers; ++groups) {
        auto what = with(workers, groups, distribution::pareto);
        what.schedule.how = how;
        EXPECT_GT(simulate(what).efficiency, 0.3) << workers << " workers in " << groups << " groups";
      }
    }
  }
}

TEST(Simulate, AMasterThatIsTheLimitIsSeenToBe) {
  auto how = with(200, 0, distribution::constant);
  how.cost.task = 100us;  // 200 workers at 2 ms would need 10 us
  const auto got = simulate(how);
  EXPECT_GT(got.root_busy, 0.9);
  EXPECT_NEAR(got.efficiency, 0.1, 0.02);
}

TEST(Lengths, HaveTheMeanAskedForAndDependOnTheSeedAlone) {
  constexpr std::uint64_t n = 200'000;
  for (const auto kind :
       {distribution::constant, distribution::exponential, distribution::pareto, distribution::sorted}) {
    const lengths length{kind, 1ms, n, 7};
    double sum = 0;
    for (std::uint64_t i = 0; i < n; ++i) sum += static_cast<double>(length(i).count());
    EXPECT_NEAR(sum / n, 1e6, 2e4) << to_string(kind);
  }
  const lengths sorted{distribution::sorted, 1ms, 100, 7};
  for (std::uint64_t i = 1; i < 100; ++i) EXPECT_GE(sorted(i), sorted(i - 1));
}

}  // namespace
}  // namespace cohort_simulate
