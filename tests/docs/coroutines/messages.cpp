// The examples of docs/coroutines.md that send messages.
#include <cohort/async.hpp>
#include <cohort/cohort.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using cohort::event_loop;
using cohort::scope;
using cohort::task;
using cohort::test::world;

int next() {
  return (world().rank() + 1) % world().size();
}
int previous() {
  return (world().rank() + world().size() - 1) % world().size();
}

// example: task
task<int> name_of_previous() {
  auto going = world().isend(world().rank(), {.dest = next()});
  const int name = co_await world().async_recv<int>({.source = previous()});  // others run meanwhile
  co_await going;
  co_return name;
}
// end

TEST(docs_coroutines, runs) {
  // example: run
  event_loop loop;
  const int name = loop.run(name_of_previous());  // on this rank; others need not run a loop
  EXPECT_EQ(name, previous());
  // end
  world().barrier();
}

TEST(docs_coroutines, sends_and_receives) {
  event_loop loop;
  // example: messages
  const auto send = [&]() -> task<> {
    const std::vector<double> figures(100, 0.5);
    const std::map<std::string, int> table{{"rank", world().rank()}};
    co_await world().async_send(figures, {.dest = next(), .tag = 1});
    co_await world().async_send(table, {.dest = next(), .tag = 2});
  };
  const auto receive = [&]() -> task<> {
    const auto table = co_await world().async_recv<std::map<std::string, int>>({.source = previous(), .tag = 2});
    const auto figures = co_await world().async_recv<std::vector<double>>({.source = previous(), .tag = 1});
    EXPECT_EQ(table.at("rank"), previous());
    EXPECT_EQ(figures.size(), 100U);  // lengths are found out, as by recv
  };
  loop.run(cohort::when_all(send, receive));  // both at the same time
  // end
  world().barrier();
}

TEST(docs_coroutines, awaits_requests) {
  event_loop loop;
  // example: requests
  const auto sum = [&]() -> task<int> { co_return co_await world().iallreduce(1, std::plus{}); };
  const auto room = [&]() -> task<std::size_t> {
    std::vector<int> numbers(8);
    auto sent = world().isend(std::vector{1, 2, 3}, {.dest = next()});
    const auto info = co_await world().irecv_into(numbers, {.source = previous()});
    co_await sent;  // has a name: its status; sent.get() has what was sent
    co_return info.count<int>();
  };
  const auto [ranks, came] = loop.run(cohort::when_all(sum(), room()));
  EXPECT_EQ(ranks, world().size());
  EXPECT_EQ(came, 3U);
  // end
  world().barrier();
}

TEST(docs_coroutines, gives_up) {
  event_loop loop;
  const auto main = [&]() -> task<> {
    // example: timeout
    std::string answer = "none";
    try {
      answer = co_await cohort::with_timeout(5ms, world().async_recv<std::string>({.source = next(), .tag = 7}));
    } catch (const cohort::timeout_error&) {
      // Nobody sends with tag 7. The receive has been taken back: a later message waits for the next receive.
    }
    EXPECT_EQ(answer, "none");
    // end
  };
  loop.run(main);
  world().barrier();
}

TEST(docs_coroutines, a_failure_stops_the_others) {
  event_loop loop;
  // example: scope
  const auto fails = []() -> task<> {
    co_await cohort::sleep_for(1ms);
    throw std::runtime_error{"out of paper"};
  };
  const auto waits = []() -> task<> { (void)co_await world().async_recv<int>({.source = next(), .tag = 8}); };
  const auto main = [&]() -> task<> {
    co_await scope::run([&](scope& s) -> task<> {
      s.spawn(fails);
      s.spawn(waits);  // for what never comes: its receive is cancelled
      co_await cohort::sleep_for(1h);
    });
  };
  EXPECT_THROW(loop.run(main), std::runtime_error);  // out of scope::run, when all have ended
  // end
  world().barrier();
}

TEST(docs_coroutines, serves_until_all_have_done) {
  event_loop loop;
  int served = 0;
  // example: serve
  const auto serve = [&]() -> task<> {
    for (;;) {
      served += co_await world().async_recv<int>({.source = cohort::any_source, .tag = 3});
    }
  };
  const auto main = [&](scope& s) -> task<> {
    s.spawn(serve);
    co_await world().async_send(1, {.dest = next(), .tag = 3});
    co_await cohort::sleep_for(1ms);  // other work
    co_await world().async_send(1, {.dest = next(), .tag = 3});
    while (served != 2) co_await cohort::yield();
    s.request_stop();  // ends serve(), which is no error
  };
  loop.run(scope::run(main));
  // end
  EXPECT_EQ(served, 2);
  world().barrier();
}

TEST(docs_coroutines, is_stopped_from_outside) {
  event_loop loop;
  bool tidied = false;
  // example: stop
  std::stop_source quit;
  const auto listen = [&]() -> task<> {
    try {
      (void)co_await world().async_recv<int>({.source = next(), .tag = 9});
    } catch (const cohort::stopped_error&) {
      tidied = true;
      throw;  // let it pass
    }
  };
  std::jthread other{[&] {
    std::this_thread::sleep_for(5ms);
    quit.request_stop();  // any thread may; only the loop's calls MPI
  }};
  EXPECT_THROW(loop.run(listen, quit.get_token()), cohort::stopped_error);
  // end
  EXPECT_TRUE(tidied);
  world().barrier();
}

TEST(docs_coroutines, tidies_up) {
  event_loop loop;
  bool parted = false;
  const auto main = [&]() -> task<> {
    // example: shield
    const auto part = [&]() -> task<> {
      co_await world().async_send(0, {.dest = next(), .tag = 5});
      (void)co_await world().async_recv<int>({.source = previous(), .tag = 5});
      parted = true;
    };
    const auto work = [&]() -> task<> {
      bool stopped = false;
      try {
        co_await cohort::sleep_for(1h);
      } catch (const cohort::stopped_error&) {
        stopped = true;  // a catch block cannot co_await
      }
      if (stopped) co_await cohort::shield(part);  // alone it would be cut short
    };
    co_await cohort::with_timeout(1ms, work());
    // end
  };
  loop.run(main);
  EXPECT_TRUE(parted);
  world().barrier();
}

TEST(docs_coroutines, takes_answers_as_they_come) {
  event_loop loop;
  // example: completed
  const auto answer = [&]() -> task<> {
    co_await cohort::sleep_for(world().size() * 1ms - world().rank() * 1ms);  // the last is the fastest
    co_await world().async_send(world().rank(), {.dest = 0, .tag = 4});
  };
  const auto gather = [&]() -> task<> {
    std::vector<task<int>> answers;
    const auto from = [](int rank) -> task<int> {
      co_return co_await world().async_recv<int>({.source = rank, .tag = 4});
    };
    for (int rank = 0; rank != world().size(); ++rank) answers.push_back(from(rank));
    std::vector<int> order;
    co_await cohort::each_completed(std::move(answers), [&](std::size_t, int rank) { order.push_back(rank); });
    EXPECT_EQ(order.size(), static_cast<std::size_t>(world().size()));
  };
  if (world().rank() == 0) {
    loop.run(cohort::when_all(gather, answer));
  } else {
    loop.run(answer);
  }
  // end
  world().barrier();
}

TEST(docs_coroutines, lists_stand_apart) {
  event_loop loop;
  const auto main = [&]() -> task<> {
    auto came = world().irecv<std::map<int, std::string>>({.source = previous()});
    // example: lists
    std::map<int, std::string> names{{0, "zero"}, {1, "one"}};
    co_await world().async_send(std::move(names), {.dest = next()});
    // end
    co_await came;
    EXPECT_EQ(came.get().size(), 2U);
  };
  loop.run(main);
  world().barrier();
}

}  // namespace
