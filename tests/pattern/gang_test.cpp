// Tasks that several ranks run together.

#include <cohort/collective.hpp>
#include <cohort/p2p.hpp>
#include <cohort/pattern/executor.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <numeric>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

using namespace std::chrono_literals;

namespace {

/// The ranks of the executor that run it, as each of them knows.
std::vector<int> who(cohort::task_context& here) {
  const auto all = here.communicator().allgather(here.rank());
  return {all.begin(), all.end()};
}

int sum_of(cohort::task_context& here, int x) {
  return here.communicator().allreduce(x, std::plus{});
}

int one_throws(cohort::task_context& here, int member) {
  const auto& comm = here.communicator();
  comm.barrier();
  if (comm.rank() == member % comm.size()) throw std::domain_error{"member " + std::to_string(comm.rank())};
  return 1;
}

int fails_at_first(cohort::task_context& here) {
  const auto& comm = here.communicator();
  int attempt = static_cast<int>(here.attempt());
  comm.bcast(attempt);
  if (attempt != 0) return comm.allreduce(1, std::plus{});
  if (comm.rank() == comm.size() - 1) throw std::runtime_error{"not yet"};
  return -1;  // and do not wait for the one that throws
}

/// Every member's half of a sum that the leader has other tasks compute.
int sum_by_others(cohort::task_context& here, int x) {
  const auto& comm = here.communicator();
  int part = 0;
  if (comm.rank() == 0) {
    std::vector<cohort::future<int>> parts;
    for (int i = 0; i != 4; ++i) parts.push_back(here.submit([](int y) { return y; }, x));
    for (auto& each : parts) part += each.get();
  }
  comm.bcast(part);  // here the others hold their ranks meanwhile
  return part;
}

void until_stopped(cohort::task_context& here) {
  const auto& comm = here.communicator();
  while (!here.stop_requested()) std::this_thread::sleep_for(1ms);
  comm.barrier();  // all have heard of it
}

class gang : public testing::Test {
 protected:
  cohort::communicator world{MPI_COMM_WORLD};

  template <class Body>
  void run(Body body, const cohort::executor_options& options = {}) {
    EXPECT_EQ(cohort::run_executor(world, body, options), 0);
  }
};

TEST_F(gang, has_a_communicator_of_different_ranks) {
  run([&](cohort::executor& pool) {
    for (int n = 1; n <= world.size(); ++n) {
      const auto ranks = pool.with({.ranks = n}).submit(who).get();
      EXPECT_EQ(ranks.size(), static_cast<std::size_t>(n));
      EXPECT_EQ(std::set<int>(ranks.begin(), ranks.end()).size(), ranks.size());
      EXPECT_TRUE(std::is_sorted(ranks.begin(), ranks.end()));
    }
  });
}

TEST_F(gang, gives_the_leaders_result) {
  run([&](cohort::executor& pool) {
    auto leader = pool.with({.ranks = world.size()}).submit([](cohort::task_context& here) {
      return here.communicator().rank() == 0 ? "the leader" + std::string(100000, '!') : std::string{"a member"};
    });
    EXPECT_EQ(leader.get().substr(0, 10), "the leader");
  });
}

TEST_F(gang, mixes_with_ordinary_tasks) {
  for (const unsigned threads : {1U, 2U}) {
    run(
        [&](cohort::executor& pool) {
          std::mt19937 random{7};
          std::uniform_int_distribution<int> size{1, world.size()};
          std::vector<cohort::future<int>> sums;
          std::vector<int> expected;
          for (int i = 0; i != 150; ++i) {
            const int n = size(random);
            const int priority = static_cast<int>(random() % 3);
            if (i % 3 == 0) {
              sums.push_back(pool.with({.priority = priority, .ranks = n}).submit(sum_of, i));
              expected.push_back(n * i);
            } else {
              sums.push_back(pool.with({.priority = priority}).submit([](int x) { return x; }, i));
              expected.push_back(i);
            }
          }
          for (std::size_t i = 0; i != sums.size(); ++i) EXPECT_EQ(sums[i].get(), expected[i]) << i;
          const auto did = pool.statistics();
          EXPECT_EQ(did.tasks, 150U);
          EXPECT_EQ(did.succeeded, 150U);
          EXPECT_EQ(did.failed + did.cancelled + did.waiting, 0U);
        },
        {.threads = threads});
  }
}

TEST_F(gang, fails_with_what_the_first_member_threw) {
  run([&](cohort::executor& pool) {
    for (int member = 0; member != world.size(); ++member) {
      auto fails = pool.with({.ranks = world.size()}).submit(one_throws, member);
      EXPECT_THROW(fails.get(), std::domain_error);
      EXPECT_EQ(fails.failure()->message, "member " + std::to_string(member));
      EXPECT_EQ(fails.failure()->rank, member);  // all ranks are in it, in order
      EXPECT_FALSE(fails.failure()->host.empty());
    }
    EXPECT_EQ(pool.with({.ranks = world.size()}).submit(sum_of, 2).get(), 2 * world.size());
    EXPECT_EQ(pool.statistics().failed, static_cast<std::uint64_t>(world.size()));
  });
}

TEST_F(gang, is_tried_again) {
  run([&](cohort::executor& pool) {
    auto second = pool.with({.retries = 2, .ranks = world.size()}).submit(fails_at_first);
    EXPECT_THROW(pool.with({.ranks = world.size()}).submit(one_throws, 0).get(), std::domain_error);
    EXPECT_EQ(second.get(), world.size());
    EXPECT_EQ(pool.statistics().retried, 1U);
  });
}

TEST_F(gang, that_runs_is_told_of_its_cancellation) {
  run([&](cohort::executor& pool) {
    auto runs = pool.with({.ranks = world.size(), .track_started = true}).submit(until_stopped);
    while (runs.state() != cohort::task_state::started) std::this_thread::sleep_for(1ms);
    runs.cancel();
    EXPECT_THROW(runs.get(), cohort::cancelled_error);
    EXPECT_EQ(pool.with({.ranks = world.size()}).submit(sum_of, 3).get(), 3 * world.size());
    EXPECT_EQ(pool.statistics().cancelled, 1U);
  });
}

TEST_F(gang, that_waits_for_ranks_can_be_cancelled) {
  run([&](cohort::executor& pool) {
    auto runs = pool.with({.ranks = world.size(), .track_started = true}).submit(until_stopped);
    while (runs.state() != cohort::task_state::started) std::this_thread::sleep_for(1ms);
    std::vector<cohort::future<int>> wait;
    for (int i = 0; i != 5; ++i) wait.push_back(pool.with({.ranks = world.size()}).submit(sum_of, i));
    std::this_thread::sleep_for(5ms);
    wait[0].cancel();  // has reserved its ranks
    wait[3].cancel();  // waits behind it
    EXPECT_THROW(wait[0].get(), cohort::cancelled_error);
    EXPECT_THROW(wait[3].get(), cohort::cancelled_error);
    runs.cancel();
    for (const int i : {1, 2, 4}) EXPECT_EQ(wait[static_cast<std::size_t>(i)].get(), i * world.size());
    EXPECT_THROW(runs.get(), cohort::cancelled_error);
  });
}

TEST_F(gang, that_has_overrun_its_timeout_has_failed) {
  run([&](cohort::executor& pool) {
    auto late = pool.with({.timeout = 20ms, .ranks = world.size()}).submit(until_stopped);
    EXPECT_THROW(late.get(), cohort::task_error);
    EXPECT_EQ(late.failure()->reason, cohort::dispatch::end_reason::timed_out);
    EXPECT_EQ(late.failure()->rank, 0);
    EXPECT_EQ(pool.with({.ranks = world.size()}).submit(sum_of, 1).get(), world.size());
  });
}

TEST_F(gang, keeps_priorities_and_moments) {
  run([&](cohort::executor& pool) {
    auto first = pool.with({.ranks = world.size(), .track_started = true}).submit(until_stopped);
    while (first.state() != cohort::task_state::started) std::this_thread::sleep_for(1ms);
    std::vector<int> order;
    std::mutex guard;
    std::vector<cohort::future<void>> ended;
    // The first of these has reserved all ranks by then; the others are sorted.
    for (const int priority : {0, 1, 3, 2}) {
      auto each = pool.with({.priority = priority, .ranks = world.size()}).submit(sum_of, priority);
      std::this_thread::sleep_for(3ms);
      ended.push_back(each.then([&, priority](int) {
        const std::lock_guard lock{guard};
        order.push_back(priority);
      }));
    }
    auto expires = pool.with({.expires = 5ms, .ranks = world.size()}).submit(sum_of, 1);
    auto later = pool.with({.countdown = 30ms, .ranks = world.size()}).submit(sum_of, 1);
    EXPECT_THROW(expires.get(), cohort::cancelled_error);
    first.cancel();
    for (auto& each : ended) each.get();
    // Alone, a task of one rank is an ordinary one: nothing is reserved.
    EXPECT_EQ(order, world.size() == 1 ? (std::vector{3, 2, 1, 0}) : (std::vector{0, 3, 2, 1}));
    EXPECT_EQ(later.get(), world.size());
    EXPECT_THROW(first.get(), cohort::cancelled_error);
  });
}

TEST_F(gang, takes_part_in_graphs) {
  run([&](cohort::executor& pool) {
    const auto all = pool.with({.ranks = world.size()});
    auto one = pool.submit([] { return 1; });
    auto sum = all.submit(sum_of, one);
    auto twice = all.submit(sum_of, sum);
    auto text = twice.then([](int n) { return std::to_string(n); });
    EXPECT_EQ(text.get(), std::to_string(world.size() * world.size()));
    auto rescued = all.submit(one_throws, 0).on_error([](const cohort::task_failure&) { return 7; });
    EXPECT_EQ(rescued.get(), 7);
  });
}

TEST_F(gang, maps) {
  run([&](cohort::executor& pool) {
    std::vector<int> inputs(20);
    std::iota(inputs.begin(), inputs.end(), 0);
    auto sums = pool.with({.ranks = world.size()}).map(sum_of, inputs);
    for (const int i : inputs) EXPECT_EQ(sums[static_cast<std::size_t>(i)], i * world.size());
    EXPECT_THROW(pool.with({.ranks = world.size()}).map(one_throws, inputs), std::domain_error);
    if (world.size() == 1) return;  // an item that is tried again is a new task there
    auto tried =
        pool.with({.retries = 1, .ranks = world.size()}).starmap(fails_at_first, std::vector<std::tuple<>>(3));
    EXPECT_EQ(tried, std::vector<int>(3, world.size()));
  });
}

TEST_F(gang, may_be_submitted_by_tasks) {
  run([&](cohort::executor& pool) {
    std::vector<cohort::future<int>> sums;
    for (int i = 0; i != 10; ++i) {
      sums.push_back(pool.submit([](cohort::task_context& here, int ranks,
                                    int x) { return here.with({.ranks = ranks}).submit(sum_of, x).get() + 1; },
                                 1 + i % world.size(), i));
    }
    for (int i = 0; i != 10; ++i)
      EXPECT_EQ(sums[static_cast<std::size_t>(i)].get(), (1 + i % world.size()) * i + 1);
  });
}

TEST_F(gang, may_submit_tasks_while_others_wait_for_its_ranks) {
  run([&](cohort::executor& pool) {
    std::vector<cohort::future<int>> sums;
    for (int i = 0; i != 60; ++i)
      sums.push_back(pool.with({.priority = i % 5, .ranks = 1 + i % world.size()}).submit(sum_by_others, i));
    for (int i = 0; i != 60; ++i) EXPECT_EQ(sums[static_cast<std::size_t>(i)].get(), 4 * i);
  });
}

TEST_F(gang, may_submit_gangs) {
  run([&](cohort::executor& pool) {
    std::vector<cohort::future<int>> sums;
    for (int i = 0; i != 12; ++i) {
      sums.push_back(pool.with({.ranks = std::min(2, world.size())})
                         .submit(
                             [](cohort::task_context& here, int x) {
                               // Both wait for it, so both lend their rank.
                               const auto both = here.communicator().allreduce(x, std::plus{});
                               return here.with({.ranks = here.communicator().size()}).submit(sum_of, x).get() +
                                      both;
                             },
                             i));
    }
    for (int i = 0; i != 12; ++i)
      EXPECT_EQ(sums[static_cast<std::size_t>(i)].get(), 2 * i * std::min(2, world.size()));
  });
}

TEST_F(gang, runs_where_its_queue_is_served) {
  if (world.size() < 3) return;
  const int last = world.size() - 1;
  run(
      [&](cohort::executor& pool) {
        std::vector<cohort::future<int>> other;
        for (int i = 0; i != 30; ++i) other.push_back(pool.submit([](int x) { return x; }, i));
        EXPECT_EQ(pool.with({.queue = "pair", .ranks = 2}).submit(who).get(), (std::vector{0, last}));
        EXPECT_THROW((void)pool.with({.queue = "pair", .ranks = 3}), cohort::argument_error);
        EXPECT_EQ(pool.with({.ranks = world.size() - 1}).submit(sum_of, 1).get(), world.size() - 1);
        for (int i = 0; i != 30; ++i) EXPECT_EQ(other[static_cast<std::size_t>(i)].get(), i);
      },
      {.queues = {{"pair", {0, last}}, {"default", {0}}}});
}

TEST_F(gang, lets_go_of_a_rank_that_a_running_one_needs) {
  if (world.size() < 3) return;
  const int last = world.size() - 1;
  run(
      [&](cohort::executor& pool) {
        auto first = pool.with({.queue = "pair", .ranks = 2}).submit([](cohort::task_context& here) {
          std::this_thread::sleep_for(20ms);  // meanwhile the second reserves what is left
          int rank = -1;
          if (here.communicator().rank() == 0) {
            const auto special = here.with({.queue = "special"});
            rank = special.submit([](cohort::task_context& there) { return there.rank(); }).get();
          }
          here.communicator().bcast(rank);
          return rank;
        });
        auto second = pool.with({.ranks = world.size()}).submit(sum_of, 1);
        EXPECT_EQ(first.get(), last);
        EXPECT_EQ(second.get(), world.size());
      },
      {.queues = {{"pair", {0, 1}}, {"special", {last}}, {"default", {0, 1, last}}}});
}

TEST_F(gang, of_one_rank_is_an_ordinary_task) {
  run([&](cohort::executor& pool) {
    EXPECT_EQ(pool.with({.ranks = 1}).submit(who).get().size(), 1U);
    EXPECT_EQ(pool.submit(sum_of, 5).get(), 5);
  });
}

TEST_F(gang, leaves_no_rank_idle_for_long) {
  // Under a stream of small tasks a large one is not put off for ever.
  run([&](cohort::executor& pool) {
    std::vector<cohort::future<int>> stream;
    auto refill = [&] {
      for (int i = 0; i != 50; ++i) {
        stream.push_back(pool.submit(
            [](int x) {
              std::this_thread::sleep_for(100us);
              return x;
            },
            i));
      }
    };
    refill();
    auto large = pool.with({.ranks = world.size()}).submit(sum_of, 1);
    for (int rounds = 0; !large.ready() && rounds != 2000; ++rounds) {
      refill();
      stream[stream.size() - 100].get();
    }
    EXPECT_TRUE(large.ready());
    EXPECT_EQ(large.get(), world.size());
    for (auto& each : stream) (void)each.get();
  });
}

TEST_F(gang, refuses_what_makes_no_sense) {
  run([&](cohort::executor& pool) {
    EXPECT_THROW((void)pool.with({.ranks = 0}), cohort::argument_error);
    EXPECT_THROW((void)pool.with({.ranks = -1}), cohort::argument_error);
    EXPECT_THROW((void)pool.with({.ranks = 2, .guarded = true}), cohort::argument_error);
    try {
      (void)pool.with({.ranks = world.size() + 1});
      ADD_FAILURE();
    } catch (const cohort::argument_error& e) {
      EXPECT_NE(std::string{e.what()}.find("a task of " + std::to_string(world.size() + 1) + " ranks cannot run"),
                std::string::npos);
    }
  });
}

}  // namespace
