// What throws inside parallel_for and parallel_map.

#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/barrier.hpp>
#include <cohort/core/host_name.hpp>
#include <cohort/core/op.hpp>
#include <cohort/pattern/parallel_for.hpp>
#include <cohort/pattern/parallel_map.hpp>

#include "loop_cases.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

using namespace std::chrono_literals;

namespace {

using namespace cohort::test;

/// What `loop` throws on this rank.
template <class Loop>
std::optional<cohort::task_failure> failure_of(Loop&& loop) {
  try {
    loop();
  } catch (const cohort::task_error& e) {
    EXPECT_EQ(e.what(), e.failure().describe());
    return e.failure();
  }
  return std::nullopt;
}

class loop_failure : public testing::TestWithParam<int> {};

TEST_P(loop_failure, on_any_rank_is_thrown_on_all) {
  for (int culprit = 0; culprit != world().size(); ++culprit) {
    for (const auto how : loop_schedules) {
      int ran = 0;
      const auto failure = failure_of([&] {
        cohort::parallel_for(world(), 50 * world().size(),
                             [&](int i) {
                               if (world().rank() == culprit) throw std::out_of_range{"index " + std::to_string(i)};
                               ++ran;
                               std::this_thread::sleep_for(100us);
                             },
                             {.schedule = how, .node_size = GetParam()});
      });
      // The culprit may have come too late to get an index.
      const auto all = world().allreduce(ran, std::plus{});
      const int thrown = world().allreduce(failure ? 1 : 0, std::plus{});
      EXPECT_EQ(thrown, all == 50 * world().size() ? 0 : world().size());
      if (!failure) continue;
      EXPECT_EQ(failure->type, "std::out_of_range");
      EXPECT_EQ(failure->message, "index " + std::to_string(failure->task));
      EXPECT_EQ(failure->rank, culprit);
      EXPECT_EQ(failure->host, cohort::host_name());
    }
  }
}

TEST_P(loop_failure, of_one_index_names_it) {
  for (const auto how : loop_schedules) {
    for (const int bad : {0, 1, 17, 99}) {
      const auto failure = failure_of([&] {
        cohort::parallel_for(world(), 100,
                             [&](int i) {
                               if (i == bad) throw std::runtime_error{"bad"};
                             },
                             {.schedule = how, .node_size = GetParam()});
      });
      ASSERT_TRUE(failure);
      EXPECT_EQ(failure->task, static_cast<std::uint64_t>(bad));
      EXPECT_EQ(world().allreduce(failure->rank, cohort::maximum{}),
                world().allreduce(failure->rank, cohort::minimum{}));
    }
  }
}

TEST_P(loop_failure, of_many_is_told_as_one) {
  for (int round = 0; round != 20; ++round) {
    int lowest = 1'000'000;
    const auto failure = failure_of([&] {
      cohort::parallel_for(world(), 1000,
                           [&](int i) {
                             lowest = i;
                             throw std::runtime_error{"bad"};
                           },
                           {.node_size = GetParam()});
    });
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->task, static_cast<std::uint64_t>(world().allreduce(lowest, cohort::minimum{})));
  }
}

TEST_P(loop_failure, stops_the_others) {
  // Long enough that all would take minutes.
  int ran = 0;
  const auto failure = failure_of([&] {
    cohort::parallel_for(world(), 100'000,
                         [&](int i) {
                           std::this_thread::sleep_for(2ms);
                           if (i == 0 || i == 50'000 || i == 99'999) throw std::runtime_error{"stop"};
                           ++ran;
                         },
                         {.node_size = GetParam()});
  });
  EXPECT_TRUE(failure);
  EXPECT_LT(world().allreduce(ran, std::plus{}), 50'000);
}

TEST_P(loop_failure, leaves_the_communicator_usable) {
  for (int round = 0; round != 10; ++round) {
    EXPECT_TRUE(failure_of([&] {
      cohort::parallel_for(world(), 40,
                           [&](int i) {
                             if (i == 4 * round) throw 42;  // NOLINT(hicpp-exception-baseclass)
                             std::this_thread::sleep_for(50us);
                           },
                           {.node_size = GetParam()});
    }));
    const auto squares = cohort::parallel_map(world(), 40, [](int i) { return i * i; },
                                              {.node_size = GetParam(), .everywhere = true});
    EXPECT_EQ(squares[39], 1521);
  }
}

TEST_P(loop_failure, ends_a_map_too) {
  const auto failure = failure_of([] {
    (void)cohort::parallel_map(world(), 10, [](int i) {
      if (i == 7) throw std::logic_error{"no result"};
      return std::to_string(i);
    });
  });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->task, 7U);
  EXPECT_EQ(failure->type, "std::logic_error");
}

INSTANTIATE_TEST_SUITE_P(nodes, loop_failure, testing::ValuesIn(node_sizes()));

}  // namespace
