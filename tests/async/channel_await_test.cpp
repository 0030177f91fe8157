// Channels in tasks of an event loop: what waits is a task, and never the rank.

#include <cohort/async.hpp>
#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/barrier.hpp>
#include <cohort/p2p.hpp>

#include "support/refused.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace cohort::test;
using namespace std::chrono_literals;
using cohort::channel;
using cohort::event_loop;
using cohort::scope;
using cohort::task;

struct numbered {
  int from = 0;
  int number = 0;
};

template <class T>
T make(int from, int number) {
  if constexpr (std::is_same_v<T, numbered>) {
    return {from, number};
  } else if constexpr (std::is_same_v<T, std::string>) {  // some longer than MPI sends at once
    return std::to_string(from) + ":" + std::to_string(number) + std::string(number % 7 == 0 ? 6000U : 0U, '.');
  } else {
    return T{{from, std::to_string(number)}};
  }
}
std::pair<int, int> read(const numbered& item) {
  return {item.from, item.number};
}
std::pair<int, int> read(const std::string& item) {
  return {std::stoi(item), std::stoi(item.substr(item.find(':') + 1))};
}
std::pair<int, int> read(const std::map<int, std::string>& item) {
  return {item.begin()->first, std::stoi(item.begin()->second)};
}

/// Every rank produces and consumes, with several tasks each, while another task of its loop goes on.
template <class T>
void all_to_all(std::size_t capacity) {
  constexpr int n = 60;
  channel<T> items{world(), {.capacity = capacity}};
  int taken = 0;
  int sum = 0;
  event_loop loop;
  const auto produce = [&]() -> task<> {
    for (int i = 0; i != n; ++i) co_await items.async_send(make<T>(world().rank(), i));
    items.close();
  };
  const auto consume = [&]() -> task<> {
    std::vector<int> last(static_cast<std::size_t>(world().size()), -1);
    while (const auto item = co_await items.async_recv()) {
      const auto [from, number] = read(*item);
      EXPECT_LT(last[static_cast<std::size_t>(from)], number);  // what one sends comes in order to each task
      last[static_cast<std::size_t>(from)] = number;
      ++taken;
      sum += number;
    }
  };
  loop.run(cohort::when_all(produce, consume, consume));
  EXPECT_TRUE(items.ended());
  EXPECT_EQ(items.counts().received, static_cast<std::uint64_t>(taken));
  EXPECT_EQ(world().allreduce(taken, std::plus{}), n * world().size());
  EXPECT_EQ(world().allreduce(sum, std::plus{}), n * (n - 1) / 2 * world().size());
}

TEST(channel_await, every_item_comes_once) {
  for (const std::size_t capacity : {1U, 3U, 256U}) {
    all_to_all<numbered>(capacity);
    all_to_all<std::string>(capacity);
    all_to_all<std::map<int, std::string>>(capacity);
  }
}

TEST(channel_await, a_full_channel_suspends_the_sender_and_not_the_rank) {
  constexpr int n = 50;
  const int last = world().size() - 1;
  channel<int> items{world(), {.capacity = 2, .producers = {0}, .consumers = {last}}};
  int sent = 0;
  const auto produce = [&]() -> task<> {
    for (; sent != n; ++sent) co_await items.async_send(sent);
    items.close();
  };
  const auto go = [&]() -> task<> {
    for (int i = 0; i != 200; ++i) co_await cohort::yield();
    EXPECT_LE(sent, 2);
    co_await world().async_send(1, {.dest = last, .tag = 3});
  };
  const auto consume = [&]() -> task<> {
    (void)co_await world().async_recv<int>({.source = 0, .tag = 3});
    int expected = 0;
    while (const auto item = co_await items.async_recv()) EXPECT_EQ(*item, expected++);
    EXPECT_EQ(expected, n);
  };
  event_loop loop;
  if (last == 0) {
    loop.run(cohort::when_all(produce, go, consume));
  } else if (world().rank() == 0) {
    loop.run(cohort::when_all(produce, go));
  } else if (world().rank() == last) {
    loop.run(consume);
  }
}

TEST(channel_await, a_timeout_loses_no_item) {
  const int last = world().size() - 1;
  channel<int> items{world(), {.producers = {0}, .consumers = {last}}};
  event_loop loop;
  if (world().rank() == last) {
    const auto main = [&]() -> task<> {
      EXPECT_THROW(co_await cohort::with_timeout(3ms, items.async_recv()), cohort::timeout_error);
    };
    loop.run(main);
  }
  world().barrier();
  int got = 0;
  const auto produce = [&]() -> task<> {
    for (int i = 0; i != 40; ++i) {
      co_await items.async_send(i);
      if (i % 10 == 0) co_await cohort::sleep_for(2ms);
    }
    items.close();
  };
  const auto consume = [&]() -> task<> {
    for (;;) {
      try {
        const auto item = co_await cohort::with_timeout(300us, items.async_recv());
        if (!item) break;
        EXPECT_EQ(*item, got++);
      } catch (const cohort::timeout_error&) {
      }
    }
  };
  if (last == 0) {
    loop.run(cohort::when_all(produce, consume));
  } else if (world().rank() == 0) {
    loop.run(produce);
  } else if (world().rank() == last) {
    loop.run(consume);
  }
  EXPECT_EQ(got, world().rank() == last ? 40 : 0);
}

TEST(channel_await, what_was_not_sent_in_time_is_not_sent) {
  channel<int> items{world(), {.capacity = 2, .producers = {0}, .consumers = {0}}};
  if (world().rank() != 0) return;
  event_loop loop;
  const auto main = [&]() -> task<> {
    co_await items.async_send(1);
    co_await items.async_send(2);
    EXPECT_THROW(co_await cohort::with_timeout(1ms, items.async_send(3)), cohort::timeout_error);
    items.close();
    std::vector<int> got;
    while (const auto item = co_await items.async_recv()) got.push_back(*item);
    EXPECT_EQ(got, (std::vector{1, 2}));
  };
  loop.run(main);
  EXPECT_EQ(items.counts().sent, 2U);
}

TEST(channel_await, tasks_are_served_in_the_order_in_which_they_came) {
  channel<int> items{world(), {.capacity = 1, .producers = {0}, .consumers = {0}}};
  if (world().rank() != 0) return;
  event_loop loop;
  std::vector<std::pair<char, int>> got;
  const auto take = [&](char name) -> task<> {
    while (const auto item = co_await items.async_recv()) got.emplace_back(name, *item);
  };
  const auto put = [&]() -> task<> {
    for (int i = 0; i != 6; ++i) co_await items.async_send(i);
    items.close();
  };
  loop.run(cohort::when_all(take('a'), take('b'), take('c'), put()));
  EXPECT_EQ(got, (std::vector<std::pair<char, int>>{{'a', 0}, {'b', 1}, {'c', 2}, {'a', 3}, {'b', 4}, {'c', 5}}));
}

TEST(channel_await, a_task_that_need_not_wait_lets_others_run) {
  channel<int> items{world(), {.capacity = 1000, .producers = {0}, .consumers = {0}}};
  if (world().rank() != 0) return;
  for (int i = 0; i != 1000; ++i) EXPECT_TRUE(items.try_send(i));
  items.close();
  event_loop loop;
  int taken = 0;
  bool over = false;
  int turns = 0;
  const auto take = [&]() -> task<> {
    while (co_await items.async_recv()) ++taken;
    over = true;
  };
  const auto other = [&]() -> task<> {
    while (!over) {
      ++turns;
      co_await cohort::yield();
    }
  };
  loop.run(cohort::when_all(take, other));
  EXPECT_EQ(taken, 1000);
  EXPECT_GE(turns, 10);
}

TEST(channel_await, a_stop_takes_tasks_out_of_the_line) {
  const int me = world().rank();
  channel<int> items{world()};
  event_loop loop;
  const auto main = [&]() -> task<> {
    int stopped = 0;
    co_await scope::run([&](scope& s) -> task<> {
      for (int i = 0; i != 3; ++i) {
        s.spawn([&]() -> task<> {
          try {
            co_await items.async_recv();
          } catch (const cohort::stopped_error&) {
            ++stopped;
            throw;
          }
        });
      }
      for (int i = 0; i != 3; ++i) co_await cohort::yield();
      s.request_stop();
    });
    EXPECT_EQ(stopped, 3);
  };
  loop.run(main);
  world().barrier();
  std::set<int> got;
  const auto send = [&]() -> task<> {
    co_await items.async_send(me);
    items.close();
  };
  const auto take = [&]() -> task<> {
    while (const auto item = co_await items.async_recv()) got.insert(*item);
  };
  loop.run(cohort::when_all(send, take));
  EXPECT_EQ(world().allreduce(static_cast<int>(got.size()), std::plus{}), world().size());
}

TEST(channel_await, several_channels_and_messages_in_one_loop) {
  const int me = world().rank();
  const int size = world().size();
  channel<std::string> notes{world(), {.capacity = 4, .consumers = {0}}};
  channel<double> figures{world(), {.capacity = 4, .consumers = {size - 1}}};
  channel<int> unused{world(), {.consumers = {0}}};
  std::size_t letters = 0;
  double total = 0;
  int sum = 0;
  const auto write = [&]() -> task<> {
    for (int i = 0; i != 20; ++i) co_await notes.async_send("rank " + std::to_string(me));
    notes.close();
  };
  const auto figure = [&]() -> task<> {
    for (int i = 0; i != 6; ++i) co_await figures.async_send(i);  // as a double
    figures.close();
    unused.close();
  };
  const auto talk = [&]() -> task<> {
    for (int i = 0; i != 10; ++i) {
      auto going = world().isend(i, {.dest = (me + 1) % size, .tag = 5});
      sum += co_await world().async_recv<int>({.source = (me + size - 1) % size, .tag = 5});
      co_await going;
    }
  };
  const auto listen = [&]() -> task<> {
    while (const auto note = co_await notes.async_recv()) letters += note->size();
    EXPECT_FALSE(co_await unused.async_recv());
  };
  const auto add = [&]() -> task<> {
    while (const auto one = co_await figures.async_recv()) total += *one;
  };
  event_loop loop;
  const auto main = [&](scope& s) -> task<> {
    s.spawn(write);
    s.spawn(figure);
    s.spawn(talk);
    if (me == 0) s.spawn(listen);
    if (me == size - 1) s.spawn(add);
    co_return;
  };
  loop.run(scope::run(main));
  EXPECT_EQ(sum, 45);
  EXPECT_EQ(letters, me == 0 ? static_cast<std::size_t>(20 * 6 * size) : 0U);
  EXPECT_EQ(total, me == size - 1 ? 15. * size : 0.);
}

TEST(channel_await, selects_among_channels) {
  const int me = world().rank();
  const int size = world().size();
  channel<std::string> notes{world(), {.consumers = {0}}};
  channel<int> numbers{world(), {.consumers = {0}}};
  const auto send = [&]() -> task<> {
    for (int i = 0; i != 10; ++i) {
      co_await notes.async_send("x");
      co_await numbers.async_send(i);
    }
    notes.close();
    numbers.close();
  };
  int written = 0;
  int sum = 0;
  const auto select = [&]() -> task<> {
    cohort::selector any{notes, numbers};
    while (const auto which = co_await any.async_wait()) {
      if (*which == 0) {
        if (notes.try_recv()) ++written;
      } else if (const auto number = numbers.try_recv()) {
        sum += *number;
      }
    }
  };
  event_loop loop;
  const auto timeout = [&]() -> task<> {
    cohort::selector any{notes, numbers};
    EXPECT_THROW(co_await cohort::with_timeout(1ms, any.async_wait()), cohort::timeout_error);
  };
  if (me == 0) loop.run(timeout);
  world().barrier();
  if (me == 0) {
    loop.run(cohort::when_all(send, select));
    EXPECT_EQ(written, 10 * size);
    EXPECT_EQ(sum, 45 * size);
  } else {
    loop.run(send);
  }
}

TEST(channel_await, talks_over_a_pipe) {
  const int last = world().size() - 1;
  if (last == 0) return;
  cohort::pipe<std::string> line{world(), {0, last}};
  event_loop loop;
  if (world().rank() == 0) {
    const auto main = [&]() -> task<> {
      for (int i = 0; i != 5; ++i) {
        co_await line.async_send("marco");
        const auto answer = co_await line.async_recv();
        EXPECT_EQ(answer, "polo");
      }
      line.close();
    };
    loop.run(main);
  } else if (world().rank() == last) {
    const auto main = [&]() -> task<> {
      while (const auto call = co_await line.async_recv()) co_await line.async_send("polo");
    };
    loop.run(main);
  }
}

TEST(channel_await, nothing_left_that_could_come_is_a_deadlock) {
  channel<int> items{world(), {.capacity = 1, .producers = {0}, .consumers = {0}}};
  if (world().rank() != 0) return;
  const auto receive = [&]() -> task<> { (void)co_await items.async_recv(); };
  const auto send = [&]() -> task<> {
    for (;;) co_await items.async_send(1);
  };
  const auto select = [&]() -> task<> {
    cohort::selector any{items};
    (void)co_await any.async_wait();
  };
  event_loop loop;
  EXPECT_THROW(loop.run(receive), cohort::deadlock_error);
  EXPECT_THROW(loop.run(select), cohort::deadlock_error);
  EXPECT_THROW(loop.run(send), cohort::deadlock_error);
  EXPECT_EQ(items.recv(), 1);
}

TEST(channel_await, what_the_other_end_says_is_thrown) {
  if (world().size() < 2) return;
  const int me = world().rank();
  event_loop loop;
  std::vector<int> got;
  int told = 0;
  try {
    channel<int> items{world(), {.producers = {0}, .consumers = {1}}};
    if (me == 0) {
      for (int i = 0; i != 5; ++i) items.send(i);
      throw std::runtime_error{"out of paper"};
    }
    if (me == 1) {
      const auto take = [&]() -> task<> {
        try {
          while (const auto item = co_await items.async_recv()) got.push_back(*item);
        } catch (const cohort::channel_error&) {
          ++told;
        }
      };
      loop.run(cohort::when_all(take, take));
      EXPECT_EQ(told, 1);                 // once, to one of them; the other comes to the end
      std::sort(got.begin(), got.end());  // two tasks took them
      EXPECT_EQ(got, (std::vector{0, 1, 2, 3, 4}));
    }
  } catch (const std::runtime_error& e) {
    EXPECT_EQ(me, 0) << e.what();
  }
  channel<int> items{world(), {.producers = {0}, .consumers = {1}}};
  if (me == 1) {
    items.leave();
    const auto take = [&]() -> task<> { EXPECT_FALSE(co_await items.async_recv()); };
    loop.run(take);
  }
  if (me == 0) {
    refused<cohort::channel_error>("every consumer has left", [&] {
      loop.run([&]() -> task<> {
        for (;;) co_await items.async_send(1);
      });
    });
  }
}

TEST(channel_await, misuse_is_refused) {
  channel<int> items{world(), {.capacity = 1, .producers = {0}, .consumers = {0}}};
  event_loop loop;
  if (world().rank() != 0) {
    refused("not among its producers", [&] { loop.run([&]() -> task<> { co_await items.async_send(1); }); });
    refused("not among its consumers", [&] { loop.run([&]() -> task<> { (void)co_await items.async_recv(); }); });
    return;
  }
  const auto twice = [&]() -> task<> {
    const auto waits = [&]() -> task<> { (void)co_await items.async_recv(); };
    const auto nested = [&]() -> task<> {
      co_await cohort::yield();
      event_loop other;
      EXPECT_THROW(other.run(waits), cohort::argument_error);
      co_await items.async_send(1);
    };
    co_await cohort::when_all(waits, nested);
  };
  loop.run(twice);
  // Who waits to send when it is closed.
  refused("send after close()", [&] {
    const auto fill = [&]() -> task<> {
      for (int i = 0; i != 2; ++i) co_await items.async_send(i);
    };
    const auto close = [&]() -> task<> {
      co_await cohort::yield();
      items.close();
    };
    loop.run(cohort::when_all(fill, close));
  });
}

}  // namespace
