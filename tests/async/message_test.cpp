// Coroutines and MPI.
#include <cohort/async.hpp>
#include <cohort/collective.hpp>
#include <cohort/p2p.hpp>

#include "support/allocation_counter.hpp"
#include "support/random.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <numeric>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using cohort::event_loop;
using cohort::scope;
using cohort::sleep_for;
using cohort::task;
using cohort::test::world;

int next() {
  return (world().rank() + 1) % world().size();
}
int previous() {
  return (world().rank() + world().size() - 1) % world().size();
}

TEST(messages, values_containers_and_objects) {
  event_loop loop;
  const int rank = world().rank();
  loop.run([&]() -> task<> {
    const std::vector<double> numbers(5, rank);
    const auto send = [&]() -> task<> {
      co_await world().async_send(rank, {.dest = next(), .tag = 1});
      co_await world().async_send(numbers, {.dest = next(), .tag = 2});
      co_await world().async_send(std::string(3, static_cast<char>('a' + rank)), {.dest = next(), .tag = 3});
      // g++ 12 cannot compile a list of initial values inside a co_await expression.
      std::map<int, std::string> object{{rank, "x"}};
      co_await world().async_send(std::move(object), {.dest = next(), .tag = 4});
    };
    const auto receive = [&]() -> task<> {
      const auto object = co_await world().async_recv<std::map<int, std::string>>({.source = previous(), .tag = 4});
      EXPECT_EQ(object.at(previous()), "x");
      const auto text = co_await world().async_recv<std::string>({.source = previous(), .tag = 3});
      EXPECT_EQ(text, std::string(3, static_cast<char>('a' + previous())));
      EXPECT_EQ(co_await world().async_recv<std::vector<double>>({.source = previous(), .tag = 2}),
                std::vector<double>(5, previous()));
      const int x = co_await world().async_recv<int>({.source = previous(), .tag = 1});
      EXPECT_EQ(x, previous());
    };
    co_await cohort::when_all(send, receive);
  });
  world().barrier();
}

TEST(messages, requests_of_all_kinds) {
  event_loop loop;
  const int rank = world().rank();
  const int size = world().size();
  loop.run([&]() -> task<> {
    const int sum = co_await world().iallreduce(rank, std::plus{});
    EXPECT_EQ(sum, size * (size - 1) / 2);
    co_await world().ibarrier();
    auto going = world().isend(rank, {.dest = next(), .tag = 1});
    const int x = co_await world().irecv<int>({.source = previous(), .tag = 1});
    EXPECT_EQ(x, previous());
    co_await going;
    EXPECT_FALSE(going.active());
    std::vector<int> room(8);
    auto sent = world().isend(std::vector<int>{1, 2, 3}, {.dest = next(), .tag = 2});
    const auto info = co_await world().irecv_into(room, {.source = previous(), .tag = 2});
    EXPECT_EQ(info.count<int>(), 3U);
    const auto back = co_await std::move(sent);
    EXPECT_EQ(back, (std::vector<int>{1, 2, 3}));
    auto again = world().isend(std::vector<int>{4, 5}, {.dest = next(), .tag = 3});
    auto kept = world().irecv<std::vector<int>>({.source = previous(), .tag = 3});
    EXPECT_EQ((co_await kept).source(), previous());
    EXPECT_EQ(kept.get(), (std::vector<int>{4, 5}));
    again.wait();
  });
  world().barrier();
}

TEST(messages, errors_travel) {
  event_loop loop;
  loop.run([&]() -> task<> {
    EXPECT_THROW(co_await world().async_send(1, {.dest = world().size()}), cohort::argument_error);
    EXPECT_THROW(co_await world().async_recv<int>({.source = world().size()}), cohort::argument_error);
    auto going = world().isend(std::vector<int>{1, 2, 3}, {.dest = next(), .tag = 1});
    EXPECT_THROW(co_await world().async_recv<int>({.source = previous(), .tag = 1}), cohort::mpi_error);
    co_await going;
    auto little = world().isend(char{1}, {.dest = next(), .tag = 2});
    EXPECT_THROW(co_await world().async_recv<int>({.source = previous(), .tag = 2}), cohort::error);
    co_await little;
  });
  world().barrier();
}

TEST(messages, a_receive_is_given_up) {
  event_loop loop;
  loop.run([&]() -> task<> {
    EXPECT_THROW(co_await cohort::with_timeout(1ms, world().async_recv<int>({.source = previous(), .tag = 9})),
                 cohort::timeout_error);
    EXPECT_THROW(
        co_await cohort::with_timeout(1ms, world().async_recv<std::string>({.source = previous(), .tag = 9})),
        cohort::timeout_error);
    EXPECT_THROW(co_await cohort::with_timeout(1ms, world().irecv<int>({.source = previous(), .tag = 9})),
                 cohort::timeout_error);
    EXPECT_TRUE(loop.requests().empty());
    world().barrier();
    // The same tag again: nothing is left of them that could take the message.
    auto going = world().isend(5, {.dest = next(), .tag = 9});
    EXPECT_EQ(co_await world().async_recv<int>({.source = previous(), .tag = 9}), 5);
    co_await going;
  });
  world().barrier();
}

TEST(messages, an_exception_leaves_nothing_behind) {
  event_loop loop;
  const auto receive = [](int tag) -> task<> {
    (void)co_await world().async_recv<int>({.source = previous(), .tag = tag});
    ADD_FAILURE();
  };
  for (int when = 0; when != 4; ++when) {
    EXPECT_THROW(loop.run([&]() -> task<> {
      co_await scope::run([&](scope& s) -> task<> {
        for (int i = 0; i != 200; ++i) s.spawn(receive(100 + i));
        if (when == 0) throw std::domain_error{"at once"};
        co_await cohort::yield();
        if (when == 1) throw std::domain_error{"when they wait"};
        s.spawn([]() -> task<> {
          co_await sleep_for(1ms);
          throw std::domain_error{"beside them"};
        });
        if (when == 3) (void)co_await world().irecv<int>({.source = previous(), .tag = 400});
      });
    }),
                 std::domain_error);
    EXPECT_TRUE(loop.requests().empty());
    EXPECT_EQ(loop.waiting(), 0U);
  }
  world().barrier();
  auto going = world().isend(5, {.dest = next(), .tag = 150});
  EXPECT_EQ(world().recv<int>({.source = previous(), .tag = 150}), 5);
  going.wait();
  world().barrier();
}

TEST(messages, a_send_that_has_begun_is_completed) {
  event_loop loop;
  const std::vector<double> large(100'000, 1.5);  // needs its receiver
  loop.run([&]() -> task<> {
    const auto send = [&]() -> task<> { co_await world().async_send(large, {.dest = next(), .tag = 1}); };
    const auto receive = [&]() -> task<> {
      co_await sleep_for(5ms);
      EXPECT_EQ(co_await world().async_recv<std::vector<double>>({.source = previous(), .tag = 1}), large);
    };
    co_await cohort::when_all(cohort::with_timeout(1ms, send()), receive());
  });
  world().barrier();
}

TEST(messages, a_loop_gives_up_what_cannot_be_cancelled) {
  if (world().size() < 2) return;
  static const std::vector<double> large(100'000, 1.5);
  world().barrier();
  if (world().rank() == 0) {
    event_loop loop{{.patience = 20ms}};
    EXPECT_THROW(loop.run([&]() -> task<> {
      co_await cohort::when_all([]() -> task<> { co_await world().async_send(large, {.dest = 1, .tag = 1}); },
                                []() -> task<> {
                                  co_await sleep_for(1ms);
                                  throw std::domain_error{"meanwhile"};
                                });
    }),
                 std::domain_error);
    EXPECT_THROW(loop.run([]() -> task<> { co_return; }), cohort::error);
  }
  world().barrier();
  if (world().rank() == 1) {
    EXPECT_EQ(world().recv<std::vector<double>>({.source = 0, .tag = 1}), large);
  }
  world().barrier();
}

TEST(messages, a_loop_that_is_told_to_stop_names_what_is_still_under_way) {
  if (world().size() < 2) return;
  static const std::vector<double> large(100'000, 1.5);
  world().barrier();
  if (world().rank() == 0) {
    std::stop_source quit;
    event_loop loop{{.patience = 20ms}};
    try {
      loop.run(
          [&]() -> task<> {
            quit.request_stop();
            co_await world().async_send(large, {.dest = 1, .tag = 1});
          },
          quit.get_token());
      ADD_FAILURE() << "it ended";
    } catch (const cohort::timeout_error& e) {
      EXPECT_NE(std::string{e.what()}.find("1 operation(s) are still under way"), std::string::npos) << e.what();
    } catch (const cohort::stopped_error&) {  // before it began
      world().send(large, {.dest = 1, .tag = 1});
    }
  }
  world().barrier();
  if (world().rank() == 1) {
    EXPECT_EQ(world().recv<std::vector<double>>({.source = 0, .tag = 1}), large);
  }
  world().barrier();
}

TEST(messages, ping_pong) {
  const int rank = world().rank();
  const int peer = rank ^ 1;
  constexpr int rounds = 2000;
  if (peer < world().size()) {
    event_loop loop;
    loop.run([&]() -> task<> {
      for (int i = 0; i != rounds; ++i) {
        if (rank % 2 == 0) co_await world().async_send(i, {.dest = peer});
        const int came = co_await world().async_recv<int>({.source = peer});
        EXPECT_EQ(came, i);
        if (rank % 2 == 1) co_await world().async_send(i, {.dest = peer});
      }
    });
  }
  world().barrier();
}

TEST(messages, cost_no_allocations_but_frames) {
  event_loop loop;
  const int me = world().rank();
  loop.run([&]() -> task<> {
    const auto receive = [&](int tag) -> task<int> {
      co_return co_await world().async_recv<int>({.source = me, .tag = tag});
    };
    co_await world().async_send(1, {.dest = me, .tag = 1});  // what grows once
    (void)co_await world().async_recv<int>({.source = me, .tag = 1});
    co_await cohort::when_all(receive(2),
                              [&]() -> task<> { co_await world().async_send(1, {.dest = me, .tag = 2}); });
    co_await sleep_for(1us);
    const cohort::test::allocation_counter all;
    for (int i = 0; i != 10; ++i) {
      co_await world().async_send(i, {.dest = me, .tag = 1});
      EXPECT_EQ(co_await world().async_recv<int>({.source = me, .tag = 1}), i);
    }
    EXPECT_EQ(all.count(), 0);
    co_await sleep_for(1us);
    co_await cohort::yield();
    EXPECT_EQ(all.count(), 0);
    co_await world().async_send(7, {.dest = me, .tag = 3});
    EXPECT_EQ(co_await receive(3), 7);
    EXPECT_LE(all.count(), 1);
    // Two tasks, the one that waits for them, and the lambda's keeper.
    const auto before = all.count();
    co_await cohort::when_all(receive(4),
                              [&]() -> task<> { co_await world().async_send(1, {.dest = me, .tag = 4}); });
    EXPECT_LE(all.count() - before, 4);
  });
  world().barrier();
}

/// All receives are posted first; the messages come in the order given.
void complete_all(const std::vector<int>& order) {
  const int n = static_cast<int>(order.size());
  event_loop loop;
  long sum = 0;
  int ended = 0;
  loop.run([&]() -> task<> {
    co_await scope::run([&](scope& s) -> task<> {
      for (int i = 0; i != n; ++i) {
        s.spawn([&, i]() -> task<> {
          const int came = co_await world().async_recv<int>({.source = previous(), .tag = i});
          EXPECT_EQ(came, 3 * i);
          sum += came;
          ++ended;
        });
      }
      co_await cohort::yield();
      EXPECT_LE(loop.requests().size(), order.size());
      co_await world().ibarrier();
      for (const int i : order) co_await world().async_send(3 * i, {.dest = next(), .tag = i});
    });
  });
  EXPECT_EQ(ended, n);
  EXPECT_EQ(sum, 3L * n * (n - 1) / 2);
  EXPECT_TRUE(loop.requests().empty());
  world().barrier();
}

TEST(many, complete_in_any_order) {
  const int n = world().size() <= 2 ? 10'000 : 2'000;
  std::vector<int> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  complete_all(order);
  order.resize(2'000);  // MPI itself searches among the posted receives, one by one
  std::reverse(order.begin(), order.end());
  complete_all(order);
  auto random = cohort::test::engine(1);
  std::shuffle(order.begin(), order.end(), random);
  complete_all(order);
}

TEST(many, unknown_lengths) {
  event_loop loop;
  constexpr int n = 200;
  int ended = 0;
  loop.run([&]() -> task<> {
    co_await scope::run([&](scope& s) -> task<> {
      for (int i = 0; i != n; ++i) {
        s.spawn([&, i]() -> task<> {
          const auto came = co_await world().async_recv<std::string>({.source = previous(), .tag = i});
          EXPECT_EQ(came, std::string(static_cast<std::size_t>(i), 'x'));
          ++ended;
        });
      }
      for (int i = n; i-- != 0;) {
        co_await world().async_send(std::string(static_cast<std::size_t>(i), 'x'), {.dest = next(), .tag = i});
      }
    });
  });
  EXPECT_EQ(ended, n);
  world().barrier();
}

/// A tree of tasks, and what it means.
struct node {
  enum class kind { value, fails, sleeps, receives, all, any } what = kind::value;
  int number = 0;
  std::vector<node> inside;
};
node random_tree(std::mt19937_64& random, int depth, int& tag) {
  node made;
  const auto pick = random() % (depth == 0 ? 6 : 10);
  made.number = static_cast<int>(random() % 100);
  if (pick == 0) {
    made.what = node::kind::fails;
  } else if (pick <= 2) {
    made.what = node::kind::value;
  } else if (pick <= 4) {
    made.what = node::kind::sleeps;
  } else if (pick == 5) {
    made.what = node::kind::receives;
    made.number = tag++;
  } else {
    made.what = pick <= 8 ? node::kind::all : node::kind::any;
    const auto n = 1 + random() % 4;
    for (std::size_t i = 0; i != n; ++i) made.inside.push_back(random_tree(random, depth - 1, tag));
    // Of those that run against each other only one ever ends by itself: so the meaning does not depend on time.
    if (made.what == node::kind::any) made.inside.resize(1);
  }
  return made;
}
/// The sum, or a negative number: it fails.
int meaning(const node& of) {
  if (of.what == node::kind::fails) return -1;
  int sum = of.inside.empty() ? of.number : 0;
  for (const auto& each : of.inside) {
    const int x = meaning(each);
    if (x < 0) return -1;
    sum += x;
  }
  return sum;
}
task<int> never(int tag) {
  co_return co_await world().async_recv<int>({.source = previous(), .tag = 20'000 + tag});
}
task<int> run_tree(const node& of) {
  switch (of.what) {
    case node::kind::value:
      co_return of.number;
    case node::kind::fails:
      co_await sleep_for(of.number * 10us);
      throw std::domain_error{"planned"};
    case node::kind::sleeps:
      co_await sleep_for(of.number * 5us);
      co_return of.number;
    case node::kind::receives:
      co_return co_await world().async_recv<int>({.source = world().rank(), .tag = 10'000 + of.number});
    default:
      break;
  }
  std::vector<task<int>> inside;
  for (const auto& each : of.inside) inside.push_back(run_tree(each));
  if (of.what == node::kind::any) {
    inside.push_back(never(1));
    inside.push_back(never(2));
    const auto first = co_await cohort::when_any(std::move(inside));
    EXPECT_EQ(first.index, 0U);
    co_return first.value;
  }
  const auto results = co_await cohort::when_all(std::move(inside));
  co_return std::accumulate(results.begin(), results.end(), 0);
}

TEST(trees, mean_what_they_should) {
  for (std::uint64_t round = 0; round != 30; ++round) {
    auto random = cohort::test::engine(100 * round + static_cast<std::uint64_t>(world().rank()));
    int tags = 0;
    const auto tree = random_tree(random, 4, tags);
    event_loop loop;
    const int expected = meaning(tree);
    int got = -2;
    int sent = 0;
    loop.run([&]() -> task<> {
      const auto feed = [&]() -> task<> {
        for (; sent != tags; ++sent) {
          if (sent % 3 == 0) co_await sleep_for(20us);
          co_await world().async_send(sent, {.dest = world().rank(), .tag = 10'000 + sent});
        }
      };
      const auto run = [&]() -> task<> {
        try {
          got = co_await run_tree(tree);
        } catch (const std::domain_error&) {
          got = -1;
        }
      };
      co_await cohort::when_all(feed, run);
    });
    EXPECT_EQ(got, expected) << "round " << round;
    EXPECT_TRUE(loop.requests().empty());
    EXPECT_EQ(loop.waiting(), 0U);
    // What failed trees did not receive.
    while (const auto left = world().iprobe({.source = world().rank()})) {
      (void)world().recv<int>({.source = world().rank(), .tag = left->tag()});
    }
  }
  world().barrier();
}

}  // namespace
