// Receives of unknown length under random patterns, in random order, against a sequential model of MPI's matching.

#include <cohort/p2p.hpp>

#include "ring.hpp"
#include "support/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <random>
#include <vector>

namespace {

using namespace cohort::test;
using letter = std::vector<int>;  // source, position among the source's messages, tag, filling

constexpr int tags = 3;
constexpr int done_tag = 99;
constexpr int sent_by_each = 8;

/// Fewer where there are more ranks, each of which receives from all.
std::uint64_t rounds() {
  return 4 + 20 / static_cast<std::uint64_t>(world().size());
}

/// The tags of the messages that `source` sends to `dest`, in order.
std::vector<int> tags_sent(int source, int dest, std::uint64_t round) {
  auto from = engine(salt(source, 7 * round + static_cast<std::uint64_t>(dest)));
  std::vector<int> result(sent_by_each);
  for (auto& tag : result) tag = static_cast<int>(from() % tags);
  return result;
}

void send_all(std::uint64_t round) {
  auto from = engine(salt(world().rank(), round + 500));
  for (int dest = 0; dest != world().size(); ++dest) {
    const auto their_tags = tags_sent(world().rank(), dest, round);
    for (int i = 0; i != sent_by_each; ++i) {
      letter what{world().rank(), i, their_tags[static_cast<std::size_t>(i)]};
      what.resize(3 + (from() % 5 == 0 ? 4000 : from() % 10));  // some beyond the eager limit
      world().bsend(what, {.dest = dest, .tag = what[2]});
    }
  }
}

struct asked {
  cohort::from pattern;
  cohort::probing_request<letter> coming;
  std::optional<letter> got = std::nullopt;
};
bool fits(const cohort::from& pattern, int source, int tag) {
  return (pattern.source == source || pattern.source == cohort::any_source) &&
         (pattern.tag == tag || pattern.tag == cohort::any_tag);
}

std::vector<asked> ask_at_random(std::mt19937_64& from, bool any_source) {
  std::vector<asked> all;
  const int n = sent_by_each * world().size() + 4;
  for (int i = 0; i != n; ++i) {
    cohort::from pattern;
    if (!any_source || from() % 3 != 0)
      pattern.source = static_cast<int>(from() % static_cast<unsigned>(world().size()));
    if (from() % 3 != 0) pattern.tag = static_cast<int>(from() % tags);
    if (pattern.source == cohort::any_source && pattern.tag == cohort::any_tag && i % 2 == 0) pattern.tag = 0;
    all.push_back({pattern, world().irecv<letter>(pattern)});
  }
  return all;
}

/// What MPI gives to posted receives that name their sources: each takes the first message left that fits.
std::vector<int> model(const std::vector<asked>& all, std::uint64_t round) {
  std::vector<std::vector<int>> left;
  for (int source = 0; source != world().size(); ++source) {
    left.push_back(tags_sent(source, world().rank(), round));
  }
  std::vector<int> positions;
  for (const auto& each : all) {
    auto& messages = left[static_cast<std::size_t>(each.pattern.source)];
    const auto found = std::find_if(messages.begin(), messages.end(), [&](int tag) {
      return tag >= 0 && fits(each.pattern, each.pattern.source, tag);
    });
    positions.push_back(found == messages.end() ? -1 : static_cast<int>(found - messages.begin()));
    if (found != messages.end()) *found = -1;
  }
  return positions;
}

/// Receives what the receives left over, so that the next round begins with nothing.
std::vector<letter> drain() {
  std::vector<letter> rest;
  while (auto found = world().improbe()) rest.push_back(found->recv<letter>());
  return rest;
}

std::vector<std::size_t> shuffled(std::size_t n, std::mt19937_64& from) {
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::shuffle(order.begin(), order.end(), from);
  return order;
}

/// Returns when all messages of the round are here: they cannot be overtaken by the last one of their sender.
void wait_for_arrival() {
  for (int dest = 0; dest != world().size(); ++dest) world().bsend(1, {.dest = dest, .tag = done_tag});
  for (int source = 0; source != world().size(); ++source) {
    (void)world().recv<int>({.source = source, .tag = done_tag});
  }
}

TEST(probing_random, exact_sources_get_what_the_model_says) {
  for (std::uint64_t round = 0; round != rounds(); ++round) {
    auto from = engine(salt(world().rank(), round + 1000));
    auto all = ask_at_random(from, false);
    const auto expected = model(all, round);
    send_all(round);
    // While the messages come in: wait for those that will have one, test any, in any order.
    for (const auto i : shuffled(all.size(), from)) {
      (void)all[from() % all.size()].coming.test();
      if (expected[i] < 0) continue;
      const auto info = all[i].coming.wait();
      const auto got = all[i].coming.get();
      EXPECT_GE(got.size(), 3U);
      if (got.size() < 3) continue;
      EXPECT_EQ(got[0], all[i].pattern.source);
      EXPECT_EQ(got[1], expected[i]) << "receive " << i << " in round " << round;
      EXPECT_EQ(got[2], info.tag());
    }
    for (std::size_t i = 0; i != all.size(); ++i) {
      if (expected[i] >= 0) continue;
      EXPECT_FALSE(all[i].coming.test()) << i;
      all[i].coming.cancel();
      EXPECT_TRUE(all[i].coming.wait().cancelled());
    }
    MPI_Barrier(world());  // nobody looks any more: what asks for any tag would take the last message
    wait_for_arrival();
    (void)drain();
    MPI_Barrier(world());
  }
}

TEST(probing_random, wildcards_never_swap_and_leave_nothing_that_fits) {
  for (std::uint64_t round = 100; round != 100 + rounds(); ++round) {
    auto from = engine(salt(world().rank(), round + 1000));
    auto all = ask_at_random(from, true);
    send_all(round);
    for (int i = 0; i != 5; ++i) (void)all[from() % all.size()].coming.test();  // while they come in
    MPI_Barrier(world());  // nobody looks any more: what asks for any tag would take the last message
    wait_for_arrival();
    // Each pass looks at all of them, until one completes nothing; what has met its message may still wait for
    // data.
    for (bool some = true; some;) {
      some = false;
      for (const auto i : shuffled(all.size(), from)) {
        auto& each = all[i];
        if (each.got || !each.coming.test()) continue;
        each.got = each.coming.get();
        some = true;
      }
    }
    for (auto& each : all) {
      each.coming.cancel();
      if (!each.got && !each.coming.wait().cancelled()) each.got = each.coming.get();
    }
    for (std::size_t b = 0; b != all.size(); ++b) {
      if (!all[b].got) continue;
      const auto& mine = *all[b].got;
      EXPECT_TRUE(fits(all[b].pattern, mine[0], mine[2]));
      for (std::size_t a = 0; a != b;
           ++a) {  // an older one that would have taken it had an earlier one of that sender
        if (!fits(all[a].pattern, mine[0], mine[2])) continue;
        EXPECT_TRUE(all[a].got) << a << " is older than " << b << " and got nothing, in round " << round;
        if (all[a].got && (*all[a].got)[0] == mine[0]) {
          EXPECT_LT((*all[a].got)[1], mine[1]) << a << " and " << b << " swapped in round " << round;
        }
      }
    }
    std::size_t received = 0;
    for (const auto& each : all) received += each.got ? 1U : 0U;
    const auto rest = drain();
    EXPECT_EQ(received + rest.size(), static_cast<std::size_t>(sent_by_each * world().size()));
    for (const auto& message : rest) {
      for (const auto& each : all) {
        EXPECT_FALSE(!each.got && fits(each.pattern, message[0], message[2])) << "left behind in round " << round;
      }
    }
    MPI_Barrier(world());
  }
}

}  // namespace
