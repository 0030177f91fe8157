// Tasks of functions whose calls take less than sending them are run by the thread that waits. Nobody may notice
// but by the clock, and by the statistics.

#include <cohort/pattern/executor.hpp>
#include <cohort/pattern/executor/detail/function_table.hpp>
#include <cohort/pattern/executor/detail/lane_batch.hpp>
#include <cohort/pattern/executor/detail/own_lane.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

/// Of this process.
std::atomic<int> came_back{0};
std::atomic<bool> on_root{false};
std::atomic<bool> has_begun{false};
std::atomic<bool> go_on{false};

int tiny_mostly(int what) {
  if (what >= 0) return what;
  if (what == -1) throw std::out_of_range{"minus one"};
  if (what == -2) {
    has_begun = true;
    for (int i = 0; i != 20'000 && !go_on; ++i) std::this_thread::sleep_for(1ms);
  }
  if (what == -3 && on_root) {
    for (int i = 0; i != 20'000 && came_back < 100; ++i) std::this_thread::sleep_for(1ms);
    return came_back < 100 ? 0 : what;
  }
  return what;
}

int where(cohort::task_context& here) {
  return here.rank();
}

class executor_tiny : public testing::Test {
 protected:
  cohort::communicator world{MPI_COMM_WORLD};
  bool helps = cohort::current_threads() >= cohort::thread_level::serialized;
  bool stays = helps && COHORT_TEST_SANITIZED == 0;

  /// The function has been tiny often enough.
  static void warm_up(const cohort::executor& pool) {
    for (int i = 0; i != 200; ++i) EXPECT_EQ(pool.submit(tiny_mostly, i).get(), i);
  }

  static std::uint64_t elsewhere(const cohort::executor& pool) {
    std::uint64_t tasks = 0;
    const auto report = pool.statistics();
    for (std::size_t r = 1; r < report.ranks.size(); ++r) tasks += report.ranks[r].tasks;
    return tasks;
  }

  /// Whether, sooner or later, twenty tasks that are waited for one by one stay on the root.
  template <class... Args>
  static bool stay(const cohort::submission& pool, const cohort::executor& all, Args... args) {
    for (int attempt = 0; attempt != 50; ++attempt) {
      const auto before = elsewhere(all);
      for (int i = 0; i != 20; ++i) (void)pool.submit(args...).get();
      if (elsewhere(all) == before) return true;
    }
    return false;
  }
};

TEST_F(executor_tiny, stay_where_they_are_waited_for) {
  cohort::run_executor(world, [&](cohort::executor& pool) {
    warm_up(pool);
    EXPECT_TRUE(!stays || stay(pool, pool, tiny_mostly, 1));
    const auto report = pool.statistics();
    EXPECT_EQ(report.tasks, report.succeeded);
    EXPECT_EQ(report.waiting + report.failed + report.cancelled, 0U);
    std::uint64_t tasks = 0;
    for (const auto& each : report.ranks) tasks += each.tasks;
    EXPECT_EQ(tasks, report.tasks);
    EXPECT_EQ(report.functions.at(0).submitted, report.tasks);
    EXPECT_EQ(report.functions.at(0).succeeded, report.tasks);
  });
}

TEST_F(executor_tiny, are_spread_if_they_can_tell_where_they_run) {
  if (world.size() == 1) return;
  cohort::run_executor(world, [](cohort::executor& pool) {
    int others = 0;
    for (int i = 0; i != 50; ++i) pool.submit(where).get();
    for (int round = 0; round != 1000 && others == 0; ++round) {
      std::vector<cohort::future<int>> all;
      for (int i = 0; i != 100; ++i) all.push_back(pool.submit(where));
      for (auto& each : all) others += each.get() != 0 ? 1 : 0;
    }
    EXPECT_NE(others, 0);
  });
}

TEST_F(executor_tiny, obey_queues_and_rate_limits) {
  if (world.size() > 1) {
    cohort::run_executor(world,
                         [](cohort::executor& pool) {
                           for (int i = 0; i != 30; ++i) EXPECT_EQ(pool.submit(tiny_mostly, i).get(), i);
                           const auto before = elsewhere(pool);
                           for (int i = 0; i != 1000; ++i) (void)pool.submit(tiny_mostly, 1).get();
                           EXPECT_EQ(elsewhere(pool), before + 1000) << "the root does not serve their queue";
                         },
                         {.queues = {{"root", {0}}}});
  }
  cohort::run_executor(world, [](cohort::executor& pool) {
    warm_up(pool);
    std::vector<cohort::future<int>> all;
    for (int i = 0; i != 10; ++i) all.push_back(pool.submit(tiny_mostly, i));
    pool.limit_rate("", 100);
    const auto begun = std::chrono::steady_clock::now();
    for (int i = 0; i != 11; ++i) all.push_back(pool.submit(tiny_mostly, i));
    for (auto& each : all) (void)each.get();
    EXPECT_GE(std::chrono::steady_clock::now() - begun, 100ms);
  });
}

TEST_F(executor_tiny, fail_as_others_do) {
  cohort::run_executor(world, [](cohort::executor& pool) {
    warm_up(pool);
    for (std::uint64_t i = 200; i != 300; ++i) {
      const auto failed = pool.submit(tiny_mostly, -1);
      try {
        (void)failed.get();
        ADD_FAILURE() << "no exception";
      } catch (const std::out_of_range& e) {
        EXPECT_STREQ(e.what(), "minus one");
      }
      const auto why = failed.failure();
      ASSERT_TRUE(why);
      EXPECT_EQ(why->task, i) << "in the order of submission";
      EXPECT_EQ(why->attempt, 0U);
      EXPECT_FALSE(why->host.empty());
      EXPECT_EQ(why->message, "minus one");
    }
    EXPECT_EQ(pool.statistics().failed, 100U);
    EXPECT_EQ(pool.submit(tiny_mostly, -1).on_error([](const cohort::task_failure&) { return 7; }).get(), 7);
  });
}

TEST_F(executor_tiny, whose_failure_nobody_asks_about_are_not_lost) {
  const auto program = [&] {
    cohort::run_executor(world, [](cohort::executor& pool) {
      warm_up(pool);
      pool.submit(tiny_mostly, -1);
      EXPECT_EQ(pool.submit(tiny_mostly, 1).get(), 1);
    });
  };
  if (world.rank() == 0) {
    EXPECT_THROW(program(), std::out_of_range);
  } else {
    program();
  }
}

TEST_F(executor_tiny, can_be_revoked) {
  cohort::run_executor(world, [](cohort::executor& pool) {
    warm_up(pool);
    const auto before = pool.statistics();
    std::vector<cohort::future<int>> all;
    for (int i = 0; i != 100; ++i) {
      all.push_back(pool.submit(tiny_mostly, i));
      if (i % 2 == 1) all.back().cancel();
    }
    std::uint64_t revoked = 0;
    for (int i = 0; i != 100; ++i) {
      const auto& each = all[static_cast<std::size_t>(i)];
      if (i % 2 == 0) {
        EXPECT_EQ(each.get(), i);
      } else if (each.state() == cohort::task_state::revoked) {
        EXPECT_THROW((void)each.get(), cohort::cancelled_error);
        ++revoked;
      } else {
        EXPECT_EQ(each.get(), i) << "it had ended before";
      }
    }
    const auto after = pool.statistics();
    EXPECT_EQ(after.cancelled, before.cancelled + revoked);
    EXPECT_EQ(after.succeeded, before.succeeded + 100 - revoked);
  });
}

TEST_F(executor_tiny, that_take_long_keep_nobody_from_the_others) {
  if (!helps) return;
  on_root = world.rank() == 0;
  cohort::run_executor(world,
                       [](cohort::executor& pool) {
                         for (int round = 0; round != 20; ++round) {
                           warm_up(pool);
                           came_back = 0;
                           const auto first = pool.submit(tiny_mostly, -3);
                           for (int i = 0; i != 100; ++i)
                             pool.submit(tiny_mostly, i).on_done([](const auto&) { ++came_back; });
                           EXPECT_EQ(first.get(), -3) << "it kept the thread that hears of the others";
                         }
                       },
                       {.threads = 2});
}

TEST_F(executor_tiny, can_be_revoked_while_they_run) {
  if (!helps) return;
  go_on = world.rank() != 0;  // sent to another rank, it is over at once
  cohort::run_executor(world, [&](cohort::executor& pool) {
    std::uint64_t revoked = 0;
    for (int round = 0; round != 50 && revoked == 0; ++round) {
      warm_up(pool);
      has_begun = go_on = false;
      const auto slow = pool.submit(tiny_mostly, -2);
      std::thread canceller{[&] {
        while (!has_begun && !slow.ready()) std::this_thread::sleep_for(100us);
        EXPECT_EQ(pool.statistics().failed, 0U) << "what runs has not failed";
        slow.cancel();
        go_on = true;
      }};
      (void)slow.failure();
      canceller.join();
      if (slow.state() == cohort::task_state::succeeded) continue;
      EXPECT_THROW((void)slow.get(), cohort::cancelled_error);
      ++revoked;
    }
    EXPECT_EQ(pool.statistics().cancelled, revoked);
    EXPECT_TRUE(revoked == 1 || !stays);
  });
}

TEST_F(executor_tiny, are_run_though_nobody_waits) {
  if (!helps) return;
  cohort::run_executor(world, [](cohort::executor& pool) {
    warm_up(pool);
    std::atomic<int> done{0};
    for (int i = 0; i != 100; ++i) pool.submit(tiny_mostly, i).on_done([&](const auto&) { ++done; });
    for (int i = 0; i != 20'000 && done != 100; ++i) std::this_thread::sleep_for(1ms);
    EXPECT_EQ(done, 100);
  });
}

TEST_F(executor_tiny, are_run_before_a_deadline) {
  cohort::run_executor(world, [](cohort::executor& pool) {
    warm_up(pool);
    for (int i = 0; i != 10; ++i) EXPECT_EQ(pool.submit(tiny_mostly, i).get(20s), i);
  });
}

TEST_F(executor_tiny, are_run_before_the_end) {
  std::atomic<int> done{0};
  cohort::run_executor(world, [&](cohort::executor& pool) {
    warm_up(pool);
    for (int i = 0; i != 100; ++i) pool.submit(tiny_mostly, i).on_done([&](const auto&) { ++done; });
  });
  EXPECT_EQ(done, world.rank() == 0 ? 100 : 0);
}

TEST_F(executor_tiny, make_graphs) {
  cohort::run_executor(world, [](cohort::executor& pool) {
    warm_up(pool);
    auto sum = pool.submit(tiny_mostly, 0);
    for (int i = 0; i != 1000; ++i)
      sum = pool.submit([](int a, int b) { return a + b; }, sum, pool.submit(tiny_mostly, i));
    EXPECT_EQ(sum.get(), 499'500);
  });
}

TEST_F(executor_tiny, may_be_waited_for_by_several_threads) {
  if (!helps) return;
  cohort::run_executor(world, [](cohort::executor& pool) {
    warm_up(pool);
    std::vector<std::thread> threads;
    for (int t = 0; t != 3; ++t) {
      threads.emplace_back([&pool, t] {
        for (int i = 0; i != 1000; ++i) EXPECT_EQ(pool.submit(tiny_mostly, t * 1000 + i).get(), t * 1000 + i);
      });
    }
    for (auto& each : threads) each.join();
  });
}

TEST(function_table, knows_what_calls_cost) {
  cohort::detail::function_table table;
  const auto f = table.find({0, 1}, nullptr);
  const auto g = table.find({0, 2}, nullptr);
  EXPECT_EQ(table.find({0, 1}, nullptr), f);
  EXPECT_NE(f, g);
  const auto sent = [&](std::uint32_t function, int times, std::chrono::nanoseconds took) {
    for (int i = 0; i != times; ++i) table.learn_sent(function, took);
  };
  const auto own = [&](std::uint32_t function, int times, std::chrono::nanoseconds took) {
    for (int i = 0; i != times; ++i) table.learn_own(function, took);
  };
  sent(f, 15, 5us);
  EXPECT_FALSE(table.is_tiny(f)) << "not yet";
  sent(f, 1, 5us);
  EXPECT_TRUE(table.is_tiny(f)) << "to be tried";
  EXPECT_FALSE(table.is_tiny(g));
  own(f, 64, 500ns);
  EXPECT_TRUE(table.is_tiny(f));
  own(f, 1, 1s);
  EXPECT_TRUE(table.is_tiny(f)) << "once is no rule";
  own(f, 2, 1s);
  EXPECT_FALSE(table.is_tiny(f));
  sent(f, 255, 5us);
  EXPECT_FALSE(table.is_tiny(f));
  sent(f, 1, 5us);
  EXPECT_TRUE(table.is_tiny(f)) << "to be tried again";
  own(f, 15, 1100ns);
  EXPECT_TRUE(table.is_tiny(f)) << "not all tried";
  own(f, 1, 1100ns);
  EXPECT_FALSE(table.is_tiny(f));
  sent(g, 1000, 11us);
  EXPECT_FALSE(table.is_tiny(g));
}

/// For cores that nobody runs.
class nobody final : public cohort::detail::task_home {
  void submit(std::shared_ptr<cohort::detail::future_core>, cohort::detail::task_frame&&,
              const cohort::detail::task_terms&) override {}
  bool wait(const std::function<bool()>&, std::optional<clock::time_point>) override { return true; }
  cohort::task_state state(const cohort::detail::future_core&) override { return {}; }
  cohort::detail::task_terms terms(const cohort::submit_options&) const override { return {}; }
  std::size_t slots() override { return 1; }
  const cohort::travel::module_table& modules() const override { throw std::logic_error{"none"}; }
  const std::shared_ptr<const cohort::exception_types>& exceptions() const override {
    throw std::logic_error{"none"};
  }
  void cancel_submitted(const cohort::detail::future_core&) override {}
  void lost(const cohort::detail::future_core&) override {}
};

TEST(own_lane, keeps_the_order_and_forgets_what_is_taken) {
  cohort::detail::own_lane lane;
  EXPECT_TRUE(lane.empty());
  nobody home;
  std::vector<std::uint64_t> ids;
  for (std::uint32_t i = 0; i != 4; ++i) {
    cohort::detail::task_entry made;
    made.core = std::make_shared<cohort::detail::future_value<int>>(home);
    made.function = i;
    ids.push_back(lane.push(std::move(made)));
    EXPECT_TRUE(cohort::detail::own_lane::knows(ids.back()));
  }
  EXPECT_FALSE(cohort::detail::own_lane::knows(3));
  EXPECT_FALSE(cohort::detail::own_lane::knows(cohort::detail::future_core::none >> 2U));
  EXPECT_EQ(lane.pop().function, 0U);
  EXPECT_EQ(lane.take(ids[2]).function, 2U);
  EXPECT_EQ(lane.take(ids[2]).core, nullptr) << "taken already";
  EXPECT_EQ(lane.take(ids[0]).core, nullptr) << "begun already";
  EXPECT_EQ(lane.size(), 2U);
  EXPECT_EQ(lane.pop().function, 1U);
  EXPECT_EQ(lane.pop().core, nullptr);
  EXPECT_EQ(lane.size(), 1U);
  EXPECT_FALSE(lane.empty());
  EXPECT_EQ(lane.pop().function, 3U);
  EXPECT_TRUE(lane.empty());
  EXPECT_EQ(lane.size(), 0U);
}

TEST(lane_batch, lets_others_take_what_has_not_begun_and_tell_what_has_ended) {
  cohort::detail::lane_batch batch;
  nobody home;
  std::vector<std::shared_ptr<cohort::detail::future_value<int>>> cores;
  EXPECT_TRUE(batch.empty());
  for (std::uint32_t i = 0; !batch.full(); ++i) {
    cores.push_back(std::make_shared<cohort::detail::future_value<int>>(home));
    cohort::detail::task_entry made;
    made.core = cores.back();
    made.function = i;
    batch.add(std::move(made));
  }
  EXPECT_EQ(batch.unfinished(), batch.size());
  EXPECT_TRUE(batch.begin(0));
  batch.ended(0);
  EXPECT_TRUE(batch.begin(1));
  EXPECT_FALSE(batch.begin(1)) << "it has begun";
  bool begun = false;
  ASSERT_NE(batch.find(*cores[1], begun), nullptr);
  EXPECT_TRUE(begun);
  ASSERT_NE(batch.find(*cores[2], begun), nullptr);
  EXPECT_FALSE(begun);
  EXPECT_FALSE(batch.begin(2)) << "found to be taken out";
  std::vector<std::uint32_t> told;
  const auto tell = [&](cohort::detail::lane_batch::item& each) { told.push_back(each.task.function); };
  batch.take_ended(tell);
  batch.take_ended(tell);
  EXPECT_EQ(told, std::vector<std::uint32_t>{0});
  EXPECT_EQ(batch.find(*cores[0], begun), nullptr);
  told.clear();
  batch.take_waiting(tell);
  batch.take_waiting(tell);
  EXPECT_EQ(told.size(), batch.size() - 3);
  EXPECT_EQ(told.front(), 3U);
  EXPECT_FALSE(batch.begin(5));
  EXPECT_EQ(batch.unfinished(), 2U) << "one runs, one was taken out";
  batch.ended(1);
  batch.take_ended(tell);
  EXPECT_EQ(told.back(), 1U);
  batch.clear();
  EXPECT_TRUE(batch.empty());
  for (const auto& core : cores) EXPECT_EQ(core.use_count(), 1) << "nothing is kept";
}

}  // namespace
