// Each item is taken once, in order, whoever sends and receives; ends and errors arrive.

#include <cohort/async/channel.hpp>
#include <cohort/async/pipe.hpp>
#include <cohort/async/select.hpp>
#include <cohort/collective/allgatherv.hpp>
#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/barrier.hpp>
#include <cohort/p2p.hpp>

#include "support/allocation_counter.hpp"
#include "support/pmpi_counter.hpp"
#include "support/random.hpp"
#include "support/refused.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace cohort::test;
using namespace std::chrono_literals;
using cohort::channel;

struct numbered {
  int from = 0;
  int number = 0;
};

template <class T>
T make(int from, int number) {
  if constexpr (std::is_same_v<T, numbered>) {
    return {from, number};
  } else if constexpr (std::is_same_v<T, std::array<double, 100>>) {
    T item{};
    item[0] = from;
    item[99] = number;
    return item;
  } else {
    // Of very different lengths: packed, and some sent without waiting.
    return T{std::to_string(from), std::to_string(number),
             std::string(static_cast<std::size_t>(number) % 7 * 2000, 'x')};
  }
}
template <class T>
numbered read(const T& item) {
  if constexpr (std::is_same_v<T, numbered>) {
    return item;
  } else if constexpr (std::is_same_v<T, std::array<double, 100>>) {
    return {static_cast<int>(item[0]), static_cast<int>(item[99])};
  } else {
    EXPECT_EQ(item.size(), 3U);
    EXPECT_EQ(item[2].size(), std::stoul(item[1]) % 7 * 2000);
    return {std::stoi(item[0]), std::stoi(item[1])};
  }
}

/// What every consumer has taken: each producer's numbers rise, and together they are 0 to n - 1, each once.
void check_complete(const std::vector<numbered>& mine, const std::vector<int>& producers, int n) {
  std::map<int, int> last;
  for (const auto& item : mine) {
    EXPECT_LT(last.contains(item.from) ? last[item.from] : -1, item.number);
    last[item.from] = item.number;
  }
  std::map<int, std::vector<int>> all;
  const auto taken = world().allgatherv(mine);
  for (const auto& item : taken.values) all[item.from].push_back(item.number);
  EXPECT_EQ(all.size(), n == 0 ? 0 : producers.size());
  for (auto& [from, numbers] : all) {
    EXPECT_TRUE(std::find(producers.begin(), producers.end(), from) != producers.end()) << from;
    std::sort(numbers.begin(), numbers.end());
    std::vector<int> expected(static_cast<std::size_t>(n));
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(numbers, expected);
  }
}

bool among(const std::vector<int>& ranks) {
  return std::find(ranks.begin(), ranks.end(), world().rank()) != ranks.end();
}

template <class T>
class channel_of : public testing::Test {};
using item_types = testing::Types<numbered, std::array<double, 100>, std::vector<std::string>>;
TYPED_TEST_SUITE(channel_of, item_types);

// Ranks that only produce send first and then go; ranks that do both take what comes between sends.
TYPED_TEST(channel_of, each_item_is_taken_once_and_in_order) {
  const int size = world().size();
  std::vector<int> all(static_cast<std::size_t>(size));
  std::iota(all.begin(), all.end(), 0);
  const std::vector<std::vector<int>> groups{{0}, {size - 1}, all};
  for (const auto& producers : groups) {
    for (const auto& consumers : groups) {
      for (const std::size_t capacity : {1U, 5U, 64U}) {
        const int n = 40;
        channel<TypeParam> items{world(), {.capacity = capacity, .producers = producers, .consumers = consumers}};
        std::vector<numbered> mine;
        if (among(producers)) {
          for (int i = 0; i != n; ++i) {
            const auto item = make<TypeParam>(world().rank(), i);
            if (!among(consumers)) {
              items.send(item);
              continue;
            }
            while (!items.try_send(item)) {
              while (auto one = items.try_recv()) mine.push_back(read(*one));
            }
          }
          items.close();
        }
        if (among(consumers)) {
          for (const auto& item : items) mine.push_back(read(item));
          EXPECT_TRUE(items.ended());
          EXPECT_FALSE(items.recv());
          EXPECT_EQ(items.counts().received, mine.size());
        }
        EXPECT_EQ(items.counts().sent, among(producers) ? 40U : 0U);
        EXPECT_EQ(items.counts().discarded, 0U);
        check_complete(mine, producers, n);
      }
    }
  }
}

TEST(channel, nothing_sent_is_an_end_at_once) {
  channel<int> items{world()};
  items.close();
  EXPECT_FALSE(items.recv());
  EXPECT_TRUE(items.ended());
}

TEST(channel, holds_no_more_than_its_capacity) {
  if (world().size() < 2) {
    channel<int> items{world(), {.capacity = 3}};
    for (int i = 0; i != 3; ++i) EXPECT_TRUE(items.try_send(i));
    EXPECT_FALSE(items.try_send(3));
    EXPECT_FALSE(items.send_for(3, 1ms));
    refused<cohort::channel_error>("it is full (3 items), and only this rank receives", [&] { items.send(3); });
    EXPECT_EQ(items.waiting(), 3U);
    EXPECT_EQ(items.recv(), 0);
    items.send(3);
    return;
  }
  channel<int> items{world(), {.capacity = 10, .producers = {0}, .consumers = {1}}};
  if (world().rank() == 0) {
    int sent = 0;
    while (sent < 1000 && items.send_for(sent, 20ms)) ++sent;
    EXPECT_EQ(sent, 1);  // nothing is known yet of how long the consumer takes
    world().barrier();
    for (; sent != 1000; ++sent) items.send(sent);
    items.close();
  } else {
    world().barrier();
    if (world().rank() == 1) {
      int expected = 0;
      for (int item : items) {
        EXPECT_EQ(item, expected++);
        EXPECT_LE(items.waiting(), 10U);
      }
      EXPECT_EQ(expected, 1000);
    }
  }
}

TEST(channel, a_slow_consumer_gets_less_in_advance) {
  if (world().size() < 2) return;
  channel<int> items{world(), {.capacity = 100, .producers = {0}, .consumers = {1}}};
  if (world().rank() == 0) {
    for (int i = 0; i != 12; ++i) items.send(i);
    items.close();
  }
  if (world().rank() == 1) {
    std::size_t most = 0;
    while (items.recv()) {
      std::this_thread::sleep_for(8ms);
      (void)items.ready();
      most = std::max(most, items.waiting());
    }
    EXPECT_LE(most, 2U);
  }
}

TEST(channel, recv_for_tells_a_pause_from_the_end) {
  channel<int> items{world(), {.producers = {0}}};
  if (world().rank() != 0) {
    EXPECT_FALSE(items.try_recv());
    EXPECT_FALSE(items.recv_for(2ms));
    EXPECT_FALSE(items.ended());
  }
  world().barrier();
  if (world().rank() == 0) items.close();
  EXPECT_FALSE(items.recv());
  EXPECT_TRUE(items.ended());
}

TEST(channel, misuse_is_refused) {
  const int size = world().size();
  refused("consumers names rank " + std::to_string(size), [&] { channel<int>{world(), {.consumers = {size}}}; });
  refused("names a rank twice", [&] { channel<int>{world(), {.producers = {0, 0}}}; });
  refused("capacity is 0", [&] { channel<int>{world(), {.capacity = 0}}; });
  channel<int> items{world(), {.producers = {size - 1}, .consumers = {0}}};
  if (world().rank() != size - 1) {
    refused("not among its producers", [&] { items.send(1); });
  } else {
    items.close();
    items.close();
    refused("send after close", [&] { items.send(1); });
  }
  if (world().rank() != 0) {
    refused("not among its consumers", [&] { (void)items.recv(); });
  }
  if (size > 1) {
    refused("the ranks do not agree", [&] { channel<int>{world(), {.capacity = world().rank() == 0 ? 1U : 2U}}; });
  }
}

TEST(channel, an_empty_one_of_ones_own_is_an_error_not_a_hang) {
  channel<int> items{world(), {.producers = {0}, .consumers = {0}}};
  if (world().rank() == 0) {
    refused<cohort::channel_error>("only this rank has not closed it", [&] { (void)items.recv(); });
  }
}

TEST(channel, consumers_that_leave_are_passed_over) {
  if (world().size() < 2) return;
  const int last = world().size() - 1;
  channel<int> items{world(), {.producers = {0}}};
  std::uint64_t taken = 0;
  if (world().rank() == last) items.leave();
  world().barrier();
  if (world().rank() == 0) {
    for (int i = 0; i != 200; ++i) {
      while (!items.try_send(i)) taken += items.try_recv() ? 1U : 0U;
    }
    items.close();
  }
  if (world().rank() != last) {
    while (items.recv()) ++taken;
  } else {
    EXPECT_FALSE(items.recv());
  }
  // What was on its way when it left is told, not forgotten.
  world().barrier();
  while (!items.ended()) (void)items.ready();
  const auto all = world().allreduce(taken + items.counts().discarded, std::plus{});
  EXPECT_EQ(all, 200U);
}

TEST(channel, when_all_have_left_sending_is_an_error) {
  if (world().size() < 2) return;
  channel<int> items{world(), {.producers = {0}, .consumers = {1}}};
  if (world().rank() == 1) {
    EXPECT_EQ(items.leave(), 0U);
  }
  world().barrier();
  if (world().rank() == 0) {
    refused<cohort::channel_error>("every consumer has left; nobody receives", [&] {
      for (;;) items.send(1);
    });
  }
}

TEST(channel, a_producer_that_fails_is_told_after_its_items) {
  if (world().size() < 2) return;
  const int me = world().rank();
  std::vector<int> got;
  try {
    channel<int> items{world(), {.producers = {0}, .consumers = {1}}};
    if (me == 0) {
      for (int i = 0; i != 5; ++i) items.send(i);
      throw std::runtime_error{"out of paper"};
    }
    if (me == 1) {
      refused<cohort::channel_error>("producer 0 was ended by an exception", [&] {
        while (auto item = items.recv()) got.push_back(*item);
      });
      EXPECT_FALSE(items.recv());
    }
  } catch (const std::runtime_error& e) {
    EXPECT_EQ(me, 0) << e.what();
  }
  if (me == 1) {
    EXPECT_EQ(got, (std::vector{0, 1, 2, 3, 4}));
  }
}

TEST(channel, a_consumer_that_fails_is_told_to_who_sends) {
  if (world().size() < 2) return;
  const int me = world().rank();
  try {
    channel<int> items{world(), {.producers = {0}, .consumers = {1}}};
    if (me == 1) throw std::runtime_error{"out of ink"};
    if (me == 0) {
      refused<cohort::channel_error>("every consumer has left, rank 1 by an exception", [&] {
        for (;;) items.send(1);
      });
    }
  } catch (const std::runtime_error& e) {
    EXPECT_EQ(me, 1) << e.what();
  }
}

// What an item costs, however it comes about who waits for whom.
TYPED_TEST(channel_of, a_plain_item_is_one_message_and_no_allocation) {
  if constexpr (!std::is_same_v<TypeParam, std::vector<std::string>>) {
    const int last = world().size() - 1;
    constexpr int warm = 100;
    constexpr int n = 500;
    channel<TypeParam> items{world(), {.capacity = 32, .producers = {0}, .consumers = {last}}};
    // Only the items of one's own go through a queue that grows.
    const auto move_on = [&](int from, int to) {
      for (int i = from; i != to; ++i) {
        if (world().rank() == 0) items.send(make<TypeParam>(0, i));
        if (world().rank() == last) {
          const auto item = items.recv();
          EXPECT_EQ(item ? read(*item).number : -1, i);
        }
      }
    };
    move_on(0, warm);
    const cohort::test::call_counter calls;
    const cohort::test::allocation_counter allocations;
    move_on(warm, n);
    EXPECT_EQ(allocations.count(), 0);
    const auto sent = calls.count("MPI_Send");
    if (last == 0) {
      EXPECT_EQ(calls.total(), 0);
    } else if (world().rank() == 0) {
      EXPECT_EQ(sent, n - warm);
    } else if (world().rank() == last) {
      EXPECT_EQ(calls.count("MPI_Start"), n - warm);
      EXPECT_LE(sent, n - warm);  // credits
    }
    EXPECT_EQ(calls.count("MPI_Mprobe") + calls.count("MPI_Improbe"), 0);
  }
}

// An item is sent when send() returns: a producer that does something else then keeps nobody waiting.
TEST(channel, nothing_is_kept_back) {
  if (world().size() < 2) return;
  for (const std::size_t length : {0U, 5U, 1024U, 1025U, 3000U}) {
    channel<std::string> items{world(), {.producers = {0}, .consumers = {1}}};
    if (world().rank() == 0) {
      for (int i = 0; i != 20; ++i) {
        items.send(std::string(length, static_cast<char>('a' + i)));
        EXPECT_EQ(world().recv<int>({.source = 1}), i);
      }
    } else if (world().rank() == 1) {
      for (int i = 0; i != 20; ++i) {
        EXPECT_EQ(items.recv(), std::string(length, static_cast<char>('a' + i)));
        world().send(i, {.dest = 0});
      }
    }
  }
}

// Of lengths about those from which on items go in two messages, from several ranks, in order.
TEST(channel, items_of_any_length_come_in_order) {
  channel<std::vector<std::uint16_t>> items{world(), {.capacity = 20, .consumers = {0}}};
  const auto length = [](int i) { return static_cast<std::size_t>(i % 5 == 0 ? 20'000 : 507 + i % 9); };
  constexpr int n = 60;
  std::map<int, int> next;
  const auto take = [&](const std::vector<std::uint16_t>& item) {
    const int from = item.front();
    const int number = next[from]++;
    EXPECT_EQ(item.size(), length(number)) << from;
    EXPECT_EQ(item.back(), number) << from;
  };
  for (int i = 0; i != n; ++i) {
    std::vector<std::uint16_t> item(length(i), 7);
    item.front() = static_cast<std::uint16_t>(world().rank());
    item.back() = static_cast<std::uint16_t>(i);
    while (!items.try_send(item)) {
      if (world().rank() != 0) continue;
      if (const auto one = items.try_recv()) take(*one);
    }
  }
  items.close();
  if (world().rank() == 0) {
    for (const auto& item : items) take(item);
    EXPECT_EQ(next.size(), static_cast<std::size_t>(world().size()));
    for (const auto& [from, number] : next) EXPECT_EQ(number, n) << from;
  }
}

// An item that has come in and not been taken, and then one of its own: each keeps its length.
TEST(channel, items_of_its_own_come_between_those_of_others) {
  if (world().size() < 2) return;
  channel<std::string> items{world(), {.capacity = 8, .producers = {0, 1}, .consumers = {0}}};
  if (world().rank() == 1) {
    items.send(std::string(5000, 'o'));
    items.close();
  }
  if (world().rank() == 0) {
    while (!items.ready()) {
    }
    EXPECT_EQ(items.waiting(), 1U);
    for (const std::size_t length : {3U, 0U, 20000U}) items.send(std::string(length, 'm'));
    items.close();
    std::multiset<std::string> got;
    for (const auto& item : items) got.insert(item);
    EXPECT_EQ(got, (std::multiset<std::string>{std::string(5000, 'o'), "mmm", "", std::string(20000, 'm')}));
  }
}

TEST(channel, moves) {
  channel<int> first{world(), {.producers = {0}, .consumers = {0}}};
  channel<int> second = std::move(first);
  if (world().rank() == 0) {
    second.send(1);
    EXPECT_EQ(second.recv(), 1);
  }
}

// Ranks send to each other at random, and take when they cannot; several channels at once, chosen by a selector.
TEST(channel, random_traffic_over_several_channels) {
  for (std::uint64_t round = 0; round != 5; ++round) {
    auto shared = engine(round);
    const std::size_t capacity = 1 + shared() % 20;
    channel<numbered> a{world(), {.capacity = capacity}};
    channel<std::string> b{world(), {.capacity = 1 + capacity / 2}};
    const int n = static_cast<int>(shared() % 300);
    auto mine = engine(1000 * round + static_cast<std::uint64_t>(world().rank()) + 77);
    std::vector<numbered> from_a;
    std::vector<numbered> from_b;
    const auto take = [&](std::size_t which) {
      if (which == 0) {
        if (const auto item = a.recv()) from_a.push_back(*item);
      } else if (const auto item = b.recv()) {
        const auto comma = item->find(',');
        from_b.push_back({std::stoi(item->substr(0, comma)), std::stoi(item->substr(comma + 1))});
      }
    };
    cohort::selector any{a, b};
    for (int i = 0; i != n; ++i) {
      const numbered item{world().rank(), i};
      while (!a.try_send(item)) {
        if (const auto which = any.wait_for(1ms)) take(*which);
      }
      const auto text = std::to_string(item.from) + "," + std::to_string(i);
      while (!b.try_send(text)) {
        if (const auto which = any.wait_for(1ms)) take(*which);
      }
      if (mine() % 3 == 0) {
        if (const auto which = any.wait_for(0ms)) take(*which);
      }
    }
    a.close();
    b.close();
    while (const auto which = any.wait()) take(*which);
    EXPECT_TRUE(a.ended());
    EXPECT_TRUE(b.ended());
    std::vector<int> all(static_cast<std::size_t>(world().size()));
    std::iota(all.begin(), all.end(), 0);
    SCOPED_TRACE(seed());
    check_complete(from_a, all, n);
    check_complete(from_b, all, n);
  }
}

TEST(pipe, talks_both_ways) {
  if (world().size() < 2) {
    refused("its ends are ranks 0 and 0", [&] { cohort::pipe<int>{world(), {0, 0}}; });
    return;
  }
  const int last = world().size() - 1;
  cohort::pipe<std::string> line{world(), {0, last}};
  if (world().rank() == 0) {
    for (int i = 0; i != 20; ++i) {
      line.send(std::to_string(i));
      EXPECT_EQ(line.recv(), std::to_string(i) + "!");
    }
    line.close();
    EXPECT_FALSE(line.recv());
    EXPECT_TRUE(line.ended());
  } else if (world().rank() == last) {
    while (auto text = line.recv()) line.send(*text + "!");
    line.close();
  } else {
    refused("not among its producers", [&] { line.send(""); });
  }
}

TEST(channel, waits_for_ever_wait) {
  channel<int> items{world(), {.producers = {0}, .consumers = {world().size() - 1}}};
  channel<int> full{world(), {.capacity = 1, .producers = {0}, .consumers = {world().size() - 1}}};
  if (world().rank() == 0 && world().size() > 1) {
    std::this_thread::sleep_for(20ms);
    EXPECT_TRUE(items.send_for(1, std::chrono::hours::max()));
    std::this_thread::sleep_for(20ms);
    items.send(2);
    EXPECT_TRUE(full.send_for(3, std::chrono::nanoseconds::max()));
    EXPECT_TRUE(full.send_for(4, std::chrono::duration<double>::max()));
    EXPECT_TRUE(full.send_for(5, std::chrono::years{300}));
  } else if (world().rank() == world().size() - 1 && world().size() > 1) {
    EXPECT_EQ(items.recv_for(std::chrono::hours::max()), 1);
    cohort::selector any{items};
    EXPECT_EQ(any.wait_for(std::chrono::nanoseconds::max()), 0U);
    EXPECT_EQ(items.recv(), 2);
    for (const int expected : {3, 4, 5}) {
      std::this_thread::sleep_for(5ms);
      EXPECT_EQ(full.recv_for(std::chrono::years{300}), expected);
    }
  }
}

TEST(channel, errors_in_a_loop_name_its_line) {
  const int elsewhere = world().size() == 1 ? 0 : 1;
  channel<int> others{world(), {.producers = {0}, .consumers = {elsewhere}}};
  if (world().rank() != elsewhere) {
    refused("not among its consumers", [&] {
      for ([[maybe_unused]] const int one : others) continue;
    });
  }
}

}  // namespace
