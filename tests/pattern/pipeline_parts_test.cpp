// The parts of a pipeline that need no messages.
#include <cohort/pattern/pipeline/detail/loop_head.hpp>
#include <cohort/pattern/pipeline/detail/outbox.hpp>
#include <cohort/pattern/pipeline/detail/reordering.hpp>
#include <cohort/pattern/pipeline/placement.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <memory>
#include <random>
#include <utility>
#include <vector>

namespace {

using cohort::place_stages;
using cohort::segment;
using cohort::stage_needs;
using namespace cohort::detail;

const stage_needs end_stage{.pinned = true};
const stage_needs ordered_sink{.pinned = true, .ordered = true};

/// Replicas of each segment.
std::vector<int> replicas(const std::vector<segment>& segments) {
  std::vector<int> result;
  for (const auto& s : segments) result.push_back(static_cast<int>(s.ranks.size()));
  return result;
}
/// Stages of each segment.
std::vector<std::size_t> lengths(const std::vector<segment>& segments) {
  std::vector<std::size_t> result;
  for (const auto& s : segments) result.push_back(s.last - s.first + 1);
  return result;
}

TEST(placement, puts_all_on_one_rank) {
  const auto segments = place_stages({end_stage, {}, {.replicas = 3}, end_stage}, 1);
  EXPECT_EQ(segments, (std::vector<segment>{{.first = 0, .last = 3, .ranks = {0}}}));
}

TEST(placement, lets_neighbours_share_ranks_evenly) {
  const std::vector<stage_needs> stages{end_stage, {}, {}, {}, {}, end_stage};
  EXPECT_EQ(lengths(place_stages(stages, 2)), (std::vector<std::size_t>{3, 3}));
  EXPECT_EQ(lengths(place_stages(stages, 3)), (std::vector<std::size_t>{2, 2, 2}));
  EXPECT_EQ(lengths(place_stages(stages, 5)).size(), 5U);
}

TEST(placement, gives_a_stage_that_wants_replicas_a_rank_alone_if_others_must_share) {
  const auto segments = place_stages({end_stage, {}, {.replicas = 3}, {}, end_stage}, 3);
  EXPECT_EQ(lengths(segments), (std::vector<std::size_t>{2, 1, 2}));
}

TEST(placement, gives_spare_ranks_first_to_those_that_name_a_number) {
  const std::vector<stage_needs> stages{end_stage, {}, {.replicas = 3}, {}, end_stage};
  EXPECT_EQ(replicas(place_stages(stages, 5)), (std::vector<int>{1, 1, 1, 1, 1}));
  EXPECT_EQ(replicas(place_stages(stages, 6)), (std::vector<int>{1, 1, 2, 1, 1}));
  EXPECT_EQ(replicas(place_stages(stages, 7)), (std::vector<int>{1, 1, 3, 1, 1}));
  EXPECT_EQ(replicas(place_stages(stages, 8)), (std::vector<int>{1, 2, 3, 1, 1}));
  EXPECT_EQ(replicas(place_stages(stages, 11)), (std::vector<int>{1, 3, 3, 3, 1}));
}

TEST(placement, leaves_ranks_idle_if_nothing_may_be_replicated) {
  const auto segments = place_stages({end_stage, {.replicas = 1}, end_stage}, 9);
  EXPECT_EQ(replicas(segments), (std::vector<int>{1, 1, 1}));
}

TEST(placement, gives_measured_stages_ranks_by_their_load) {
  const stage_needs measured{.measured = true};
  const std::vector<stage_needs> stages{end_stage, measured, {.replicas = 2}, measured, ordered_sink};
  auto segments = place_stages(stages, 12);
  EXPECT_EQ(replicas(segments), (std::vector<int>{1, 1, 2, 1, 1}));
  EXPECT_TRUE(cohort::has_spares(stages, segments, 12));
  const auto before = segments;
  cohort::place_spares(stages, segments, 12, {900, 5, 900, 51, 900});
  EXPECT_EQ(replicas(segments), (std::vector<int>{1, 1, 2, 7, 1}));
  EXPECT_EQ(segments[3].ranks, (std::vector<int>{4, 6, 7, 8, 9, 10, 11}));
  EXPECT_EQ(segments[2].ranks, before[2].ranks);
  EXPECT_TRUE(segments[4].sorts);
  EXPECT_FALSE(cohort::has_spares(stages, segments, 12));
  EXPECT_FALSE(cohort::has_spares(stages, place_stages(stages, 5), 5));
  EXPECT_FALSE(cohort::has_spares(stages, place_stages(stages, 3), 3));
}

TEST(placement, takes_no_load_for_little_load) {
  const std::vector<stage_needs> stages{end_stage, {.measured = true}, end_stage};
  auto segments = place_stages(stages, 5);
  cohort::place_spares(stages, segments, 5, {0, 0, 0});
  EXPECT_EQ(replicas(segments), (std::vector<int>{1, 3, 1}));
}

TEST(placement, counts_only_where_order_is_lost_and_wanted) {
  for (const auto& s : place_stages({end_stage, {}, {}, end_stage}, 9)) EXPECT_EQ(s.depth, 0U);
  for (const auto& s : place_stages({end_stage, {}, {}, ordered_sink}, 4)) EXPECT_FALSE(s.sorts);
  const auto segments =
      place_stages({end_stage, {.replicas = 1}, {}, {.replicas = 2, .many = true}, ordered_sink}, 9);
  EXPECT_FALSE(segments[0].counts);  // after it there is one rank, so order is not lost
  EXPECT_TRUE(segments[1].counts);
  EXPECT_EQ(segments[1].depth, 1U);
  EXPECT_EQ(segments[2].depth, 1U);
  EXPECT_EQ(segments[3].depth, 2U);
  EXPECT_TRUE(segments[4].sorts);
  EXPECT_EQ(segments[4].counter, 1U);
}

TEST(placement, begins_to_count_again_where_order_is_restored) {
  const auto segments = place_stages(
      {end_stage, {.replicas = 2}, {.pinned = true, .ordered = true}, {.replicas = 2}, ordered_sink}, 7);
  EXPECT_TRUE(segments[2].sorts && segments[2].counts && segments[4].sorts);
  EXPECT_EQ(segments[4].counter, 2U);
  EXPECT_EQ(segments[3].depth, 1U);
}

TEST(placement, knows_how_far_loops_reach) {
  // Two loops: of stages 2 and 3 behind the gate 1, and of 5, 6 and 7 behind 4.
  const stage_needs one{.replicas = 1};
  const stage_needs two{.pinned = true, .loop = 2};
  const stage_needs three{.pinned = true, .loop = 3};
  const std::vector<stage_needs> stages{end_stage, two, one, one, three, one, one, one, end_stage};
  const auto reach = [&](int ranks) {
    std::vector<std::pair<std::size_t, std::size_t>> result;
    for (const auto& s : place_stages(stages, ranks)) result.emplace_back(s.back, s.loop);
    return result;
  };
  using reaches = std::vector<std::pair<std::size_t, std::size_t>>;
  EXPECT_EQ(reach(1), (reaches{{0, 0}}));
  EXPECT_EQ(reach(9), (reaches{{0, 0}, {0, 2}, {1, 0}, {2, 0}, {0, 3}, {1, 0}, {2, 0}, {3, 0}, {0, 0}}));
  for (int ranks = 1; ranks != 12; ++ranks) {
    const auto segments = place_stages(stages, ranks);
    const auto of = [&](std::size_t stage) {
      return static_cast<std::size_t>(
          std::find_if(segments.begin(), segments.end(),
                       [&](const segment& s) { return s.first <= stage && stage <= s.last; }) -
          segments.begin());
    };
    for (std::size_t s = 0; s != segments.size(); ++s) {
      // A loop crosses the end of a segment whose gate is there, and the beginning of all others that it is in.
      const bool first = of(1) == s && of(3) != s;
      const bool second = of(4) == s && of(7) != s;
      EXPECT_EQ(segments[s].loop, first ? of(3) - s : second ? of(7) - s : 0) << ranks << " ranks, " << s;
      const bool in_first = of(1) < s && s <= of(3);
      const bool in_second = of(4) < s && s <= of(7);
      EXPECT_EQ(segments[s].back, in_first ? s - of(1) : in_second ? s - of(4) : 0) << ranks << " ranks, " << s;
    }
  }
}

TEST(placement, is_whole_for_any_stages) {
  std::mt19937_64 random{7};
  for (int trial = 0; trial != 2000; ++trial) {
    std::vector<stage_needs> stages{end_stage};
    for (auto n = random() % 8; n != 0; --n) {
      const bool ordered = random() % 4 == 0;
      const bool pinned = ordered || random() % 3 == 0;
      stages.push_back({.replicas = pinned ? 0 : static_cast<int>(random() % 4),
                        .pinned = pinned,
                        .ordered = ordered,
                        .many = random() % 2 == 0});
    }
    stages.push_back(random() % 2 == 0 ? ordered_sink : end_stage);
    const int ranks = static_cast<int>(random() % 12) + 1;
    const auto segments = place_stages(stages, ranks);
    std::size_t stage = 0;
    int rank = 0;
    for (const auto& s : segments) {
      EXPECT_EQ(s.first, stage);
      EXPECT_GE(s.last, s.first);
      for (const int r : s.ranks) EXPECT_EQ(r, rank++);
      for (auto i = s.first; i <= s.last; ++i) {
        if (stages[i].pinned) {
          EXPECT_EQ(s.ranks.size(), 1U);
        }
        if (stages[i].replicas != 0) {
          EXPECT_LE(s.ranks.size(), static_cast<std::size_t>(stages[i].replicas));
        }
      }
      stage = s.last + 1;
    }
    EXPECT_EQ(stage, stages.size());
    EXPECT_LE(rank, ranks);
    if (static_cast<std::size_t>(ranks) < stages.size()) {
      EXPECT_EQ(rank, ranks) << "a rank has nothing although stages share others";
    }
  }
}

/// Entries of a pipeline whose items become several twice over, with what must come out.
struct tree {
  std::vector<std::vector<std::byte>> entries;
  std::vector<std::uint64_t> values;
};
void add(tree& to, entry_kind kind, const order_path& path, std::uint64_t value = 0) {
  std::vector<std::byte> bytes;
  const entry_head head{.origin = value, .kind = kind, .numbers = static_cast<std::uint32_t>(path.size())};
  append_entry(bytes, head, path);
  to.entries.push_back(std::move(bytes));
  if (kind == entry_kind::item) to.values.push_back(value);
}
tree random_tree(std::mt19937_64& random) {
  tree result;
  std::uint64_t value = 0;
  const auto items = random() % 6;
  for (std::uint64_t a = 0; a != items; ++a) {
    if (random() % 4 == 0) {
      add(result, entry_kind::skipped, {a});
      continue;
    }
    const auto children = random() % 4;
    for (std::uint64_t b = 0; b != children; ++b) {
      if (random() % 4 == 0) {
        add(result, entry_kind::skipped, {a, b});
        continue;
      }
      const auto leaves = random() % 4;
      for (std::uint64_t c = 0; c != leaves; ++c) {
        add(result, random() % 4 == 0 ? entry_kind::skipped : entry_kind::item, {a, b, c}, ++value);
      }
      add(result, entry_kind::closed, {a, b, leaves});
    }
    add(result, entry_kind::closed, {a, children});
  }
  return result;
}

/// A loop of segments with two ranks each, whose letters take any time but stay in order. Items have so many lives.
TEST(loop_head, is_settled_when_nothing_is_in_the_loop_and_not_before) {
  std::mt19937_64 random{5};
  for (int trial = 0; trial != 300; ++trial) {
    const std::size_t hops = 1 + random() % 3;
    loop_head gate{hops};
    struct rank {
      way_back back;
      std::deque<std::uint64_t> inbox;                // items
      std::deque<std::vector<std::byte>> on_the_way;  // letters to the gate
    };
    std::vector<rank> ranks;
    for (std::size_t r = 0; r != 2 * hops; ++r) ranks.push_back({{0, r / 2, r / 2 + 1 == hops}, {}, {}});
    auto fresh = random() % 4;
    std::size_t in_loop = 0;  // and not known at the gate as waiting
    const auto give = [&](std::size_t hop, std::uint64_t lives) {
      ++in_loop;
      ranks[2 * hop + random() % 2].inbox.push_back(lives);
    };
    const auto work = [&](rank& at, std::size_t hop) {
      const auto lives = at.inbox.front();
      at.inbox.pop_front();
      for (auto n = random() % 3; n != 0 && hop + 1 != hops; --n) {
        at.back.made();
        give(hop + 1, lives);
      }
      for (auto n = random() % 3; n != 0 && lives != 0; --n) {
        const entry_head head{.origin = lives - 1};
        (void)at.back.room(head);
        ++in_loop;
      }
      at.back.done();
      --in_loop;
    };
    for (int idle = 0; idle != 200;) {
      EXPECT_TRUE(in_loop == 0 || !gate.settled()) << "an item is in the loop, trial " << trial;
      ++idle;
      const auto r = random() % ranks.size();
      switch (random() % 4) {
        case 0:
          if (const auto entry = gate.next()) {
            --in_loop;
            gate.gave();
            give(0, entry->head.origin);
          } else if (fresh != 0) {
            --fresh;
            gate.gave();
            give(0, 4);
          } else {
            continue;
          }
          break;
        case 1:
          if (ranks[r].inbox.empty()) continue;
          work(ranks[r], r / 2);
          break;
        case 2:
          if (ranks[r].back.untold() == 0 && ranks[r].back.bytes() == 0) continue;
          ranks[r].on_the_way.push_back(ranks[r].back.letter());
          break;
        default:
          if (ranks[r].on_the_way.empty()) continue;
          gate.add(std::move(ranks[r].on_the_way.front()));
          ranks[r].on_the_way.pop_front();
      }
      idle = 0;
    }
    EXPECT_EQ(in_loop, 0U);
    EXPECT_EQ(gate.waiting(), 0U);
    EXPECT_TRUE(gate.settled()) << "it must end, trial " << trial;
  }
}

TEST(reordering, restores_any_order) {
  std::mt19937_64 random{11};
  for (int trial = 0; trial != 500; ++trial) {
    auto all = random_tree(random);
    std::shuffle(all.entries.begin(), all.entries.end(), random);
    reordering order{3};
    std::vector<std::uint64_t> out;
    for (const auto& bytes : all.entries) {
      const auto letter = std::make_shared<std::vector<std::byte>>(bytes);
      order.add(letter, first_entry(*letter));
      while (const auto due = order.next()) out.push_back(due->entry.head.origin);
    }
    EXPECT_TRUE(order.empty());
    EXPECT_EQ(out, all.values);
  }
}

TEST(outbox, gives_each_rank_two_items_and_then_as_many_as_the_window_holds) {
  outbox out{{3, 4}, {.window_bytes = 100, .window_items = 1000}};
  std::vector<int> given;
  while (auto* to = out.open(std::nullopt, 40)) {
    out.put(*to, {.bytes = 40 - sizeof(entry_head)}, {});
    given.push_back(to->rank);
  }
  EXPECT_EQ(given, (std::vector<int>{3, 4, 3, 4}));
  EXPECT_EQ(out.open(7, 1), &out.doors()[1]) << "there is room for a small one";
  EXPECT_EQ(out.open(6, 40), nullptr);
}

TEST(outbox, keeps_less_at_ranks_that_need_longer) {
  outbox out{{0}, {}};
  out.doors()[0].cost = 1'000'000;
  int items = 0;
  while (auto* to = out.open(std::nullopt, 24)) {
    out.put(*to, {}, {});
    ++items;
  }
  EXPECT_EQ(items, 10);
}

TEST(outbox, sends_at_once_what_the_other_waits_for) {
  outbox out{{0}, {}};
  auto& door = out.doors()[0];
  door.cost = 100;
  out.put(door, {}, {});
  EXPECT_TRUE(out.due(door, 1'000'000));
  door.sent = 1'000'000;
  door.in_letter = 0;
  door.letter.clear();
  out.put(door, {}, {});
  EXPECT_FALSE(out.due(door, 2'000'000)) << "one is there, small ones travel together";
  door.work = 200'000;
  EXPECT_TRUE(out.due(door, 2'000'000)) << "worth a message";
  door.work = 0;
  door.items = 1;
  EXPECT_FALSE(out.due(door, 1'001'000)) << "it has just had a letter, and items are brief";
  EXPECT_TRUE(out.due(door, 2'000'000));
}

}  // namespace
