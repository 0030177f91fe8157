#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/bcast.hpp>
#include <cohort/pattern/indices.hpp>
#include <cohort/pattern/map_reduce.hpp>

#include "generated.hpp"
#include "support/cost.hpp"
#include "support/random.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::gather_to_root;
using cohort::map_reduce;
using cohort::map_reduce_all;
using cohort::map_reduce_options;

/// Pairs that rank `rank` emits: how many differs by rank, and rank 1 has none.
template <class Key, class Value>
std::vector<std::pair<Key, Value>> pairs_of(int rank, std::uint64_t salt, std::size_t different_keys) {
  if (rank == 1) return {};
  auto from = engine(salt + 1000 * static_cast<std::uint64_t>(rank));
  const auto keys = random_vector<Key>(different_keys, salt);  // the same on every rank
  std::vector<std::pair<Key, Value>> pairs(static_cast<std::size_t>(20 + from() % 150));
  for (auto& [key, value] : pairs) {
    key = keys[from() % keys.size()];
    fill(from, value);
  }
  return pairs;
}

/// The elements of all ranks' parts, on every rank.
template <class Element>
std::vector<Element> all_of(const std::vector<Element>& part) {
  auto all = gather_to_root(world(), part);
  world().bcast(all);
  return all;
}

struct add {
  template <class T>
  T operator()(T a, const T& b) const {
    return a + b;
  }
};
struct keep_greatest {
  template <class T>
  T operator()(T a, T b) const {
    return std::max(std::move(a), std::move(b));
  }
};
const auto emit_pair = [](const auto& pair, auto& emit) { emit(pair.first, pair.second); };

template <class Key, class Value, class Reduce>
void compare(std::uint64_t salt, std::size_t keys, const Reduce& reduce, map_reduce_options<Key> options = {}) {
  const auto mine = pairs_of<Key, Value>(world().rank(), salt, keys);
  std::map<Key, Value> expected;
  for (int r = 0; r != world().size(); ++r) {
    for (const auto& [key, value] : pairs_of<Key, Value>(r, salt, keys)) {
      const auto [at, first] = expected.emplace(key, value);
      if (!first) at->second = reduce(at->second, value);
    }
  }
  const auto part = map_reduce<Key, Value>(world(), mine, emit_pair, reduce, options);
  const auto all = all_of(part);
  EXPECT_EQ(all.size(), expected.size());  // each key once
  EXPECT_EQ((std::map<Key, Value>(all.begin(), all.end())), expected);
  if (options.sorted) {
    EXPECT_TRUE(std::is_sorted(part.begin(), part.end()));
  }
  for (const auto& pair : part) {
    if (options.partition) {
      EXPECT_EQ(options.partition(pair.first, world().size()), world().rank());
    }
  }
}

template <class Key, class Value, class Reduce>
void compare_all(const Reduce& reduce) {
  for (const std::size_t keys : {1U, 10U, 100U}) {
    for (const std::size_t memory : {std::size_t{0}, std::size_t{2000}, std::size_t{1} << 40}) {
      compare<Key, Value>(keys + memory, keys, reduce, {.memory = memory, .sorted = keys == 10});
    }
  }
}

TEST(map_reduce, of_plain_pairs_is_the_sequential_one) {
  compare_all<int, long>(std::plus{});
  compare_all<char, double>(add{});
  compare_all<std::pair<short, double>, int>(cohort::maximum{});
}

TEST(map_reduce, of_serialised_keys_is_the_sequential_one) {
  compare_all<std::string, long>(std::plus{});
  compare_all<std::pair<int, std::string>, double>(add{});
}

TEST(map_reduce, of_serialised_values_is_the_sequential_one) {
  compare_all<int, std::string>(keep_greatest{});
  compare_all<std::string, std::pair<std::string, int>>(keep_greatest{});
}

TEST(map_reduce, with_a_partition_of_ones_own) {
  const auto by_length = [](const std::string& key, int ranks) { return static_cast<int>(key.size()) % ranks; };
  const auto to_last = [](const std::string&, int ranks) { return ranks - 1; };
  for (const std::size_t memory : {0U, 1000U, 1'000'000U}) {
    compare<std::string, int>(1, 100, std::plus{}, {.memory = memory, .partition = by_length});
    compare<std::string, int>(2, 100, std::plus{}, {.memory = memory, .partition = to_last});
  }
}

TEST(map_reduce, by_ranges_of_keys_is_sorted_globally) {
  const auto range = [](int key, int ranks) { return key * ranks / 50; };
  const auto mine = pairs_of<int, int>(world().rank(), 5, 40);
  const auto part =
      map_reduce<int, int>(world(), mine, emit_pair, std::plus{}, {.sorted = true, .partition = range});
  const auto all = gather_to_root(world(), part, {.root = world().size() - 1});
  EXPECT_EQ(all.empty(), world().rank() != world().size() - 1);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
}

struct terrible_hash {
  std::uint64_t operator()(const std::string&) const { return 7; }
};
struct point {
  int x = 0;
  int y = 0;
  friend bool operator==(const point&, const point&) = default;
};
struct hash_with_state {
  int width = 0;
  std::uint64_t operator()(const point& p) const { return static_cast<std::uint64_t>(p.x + width * p.y); }
};

TEST(map_reduce, with_a_hash_of_ones_own) {
  const std::vector<std::string> words{"a", "b", "a", "c"};
  const auto one = [](const std::string& word, auto& emit) { emit(word, 1); };
  const auto counts = all_of(map_reduce<std::string, int>(world(), words, one, std::plus{},
                                                          map_reduce_options<std::string, terrible_hash>{}));
  const int n = world().size();
  EXPECT_EQ((std::map<std::string, int>(counts.begin(), counts.end())),
            (std::map<std::string, int>{{"a", 2 * n}, {"b", n}, {"c", n}}));

  const auto on_diagonal = [](int i, auto& emit) { emit(point{i % 10, i % 10}, i); };
  const auto points =
      all_of(map_reduce<point, int>(world(), cohort::indices(100), on_diagonal, cohort::maximum{},
                                    map_reduce_options<point, hash_with_state>{.memory = 100, .hash = {10}}));
  EXPECT_EQ(points.size(), 10U);
  for (const auto& [key, value] : points) EXPECT_EQ(value, 90 + key.x);
}

void count_letters(const std::string& line, cohort::emitter<char, long>& emit) {
  for (const char c : line) emit(c, 1);
}

TEST(map_reduce, takes_the_types_from_a_map_that_tells_them) {
  const std::vector<std::string> lines(1, "abca");
  const long n = world().size();
  const auto expected = std::map<char, long>{{'a', 2 * n}, {'b', n}, {'c', n}};
  const auto same = [&](const auto& part) {
    static_assert(std::is_same_v<decltype(part), const std::vector<std::pair<char, long>>&>);
    const auto all = all_of(part);
    EXPECT_EQ((std::map<char, long>(all.begin(), all.end())), expected);
  };
  same(map_reduce(world(), lines, count_letters, std::plus{}));
  same(map_reduce(world(), lines, &count_letters, std::plus{}, {.memory = 1, .sorted = true}));
  same(map_reduce(
      world(), lines,
      [](const std::string& line, const cohort::emitter<char, long>& emit) {
        for (const char c : line) emit(c, 1);
      },
      std::plus{}));
}

TEST(map_reduce, of_nothing_is_nothing) {
  EXPECT_TRUE((map_reduce<int, int>(
                   world(), std::vector<int>{}, [](int, auto&) {}, std::plus{})
                   .empty()));
  EXPECT_TRUE((map_reduce<std::string, int>(world(), std::vector<int>{1, 2}, [](int, auto&) {}, std::plus{},
                                            {.sorted = true})
                   .empty()));
}

TEST(map_reduce, of_inputs_that_are_made_as_they_are_taken) {
  // Rank r makes 2000 r numbers, one at a time, which cannot be copied either.
  const int n = 2000 * world().rank();
  const generated inputs{n, [](int i) { return i; }};
  const auto part = map_reduce<int, long>(world(), inputs, [](int i, auto& emit) { emit(i % 100, 1); }, std::plus{},
                                          {.memory = 2000});
  long total = 0;
  for (const auto& [key, count] : part) total += count;
  EXPECT_EQ(world().allreduce(total, std::plus{}), 1000L * world().size() * (world().size() - 1));
}

TEST(map_reduce, has_rounds_inside_one_call_of_the_map) {
  const auto everything = [](int rank, auto& emit) {
    for (int i = 0; i != 1000 * (rank + 1); ++i) emit("key " + std::to_string(i), 1);
  };
  const auto all = all_of(map_reduce<std::string, int>(world(), std::vector{world().rank()}, everything,
                                                       std::plus{}, {.memory = 3000}));
  EXPECT_EQ(all.size(), 1000U * static_cast<std::size_t>(world().size()));
  for (const auto& [key, count] : all) {
    EXPECT_EQ(count, world().size() - std::stoi(key.substr(4)) / 1000);
  }
}

TEST(map_reduce, moves_values_that_cannot_be_copied) {
  using owned = std::unique_ptr<int>;
  const auto sum = [](owned a, owned b) {
    *a += *b;
    return a;
  };
  const auto part = map_reduce<std::string, owned>(
      world(), cohort::indices(100),
      [](int i, auto& emit) { emit(std::to_string(i % 7), std::make_unique<int>(i)); }, sum, {.memory = 500});
  int total = 0;
  for (const auto& [key, value] : part) total += *value;
  EXPECT_EQ(world().allreduce(total, std::plus{}), 4950 * world().size());
  std::vector<owned> inputs;
  inputs.push_back(std::make_unique<int>(3));
  const auto consumed = map_reduce<int, owned>(
      world(), inputs, [](owned& x, auto& emit) { emit(1, std::move(x)); }, sum);
  EXPECT_EQ(inputs[0], nullptr);
  const auto back = gather_to_root(world(), consumed);
  EXPECT_TRUE(back.empty() || *back[0].second == 3 * world().size());
}

TEST(map_reduce_all, gives_the_reducer_all_values_of_a_key) {
  using key = std::string;
  for (const std::size_t memory : {0U, 500U, 100'000'000U}) {
    std::map<key, std::multiset<int>> expected;
    for (int r = 0; r != world().size(); ++r) {
      for (const auto& [k, value] : pairs_of<key, int>(r, memory, 40)) expected[k].insert(value);
    }
    std::vector<key> order;
    const auto part = map_reduce_all<key, int>(world(), pairs_of<key, int>(world().rank(), memory, 40), emit_pair,
                                               [&](const key& k, std::span<const int> values) {
                                                 order.push_back(k);
                                                 return std::vector<int>(values.begin(), values.end());
                                               },
                                               {.memory = memory, .sorted = true});
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
    EXPECT_EQ(order.size(), part.size());
    std::map<key, std::multiset<int>> got;
    for (const auto& [k, values] : all_of(part)) {
      EXPECT_FALSE(got.contains(k));
      got[k].insert(values.begin(), values.end());
    }
    EXPECT_EQ(got, expected);
  }
}

TEST(map_reduce_all, may_move_from_values_and_give_what_cannot_be_sent) {
  struct held {
    std::vector<std::unique_ptr<int>> values;
    void* self = nullptr;
  };
  const auto part = map_reduce_all<int, std::unique_ptr<int>>(
      world(), cohort::indices(20), [](int i, auto& emit) { emit(i % 3, std::make_unique<int>(i)); },
      [](int, std::span<std::unique_ptr<int>> values) {
        held result;
        for (auto& value : values) result.values.push_back(std::move(value));
        return result;
      });
  int total = 0;
  for (const auto& [key, all] : part) {
    for (const auto& value : all.values) total += *value;
  }
  EXPECT_EQ(world().allreduce(total, std::plus{}), 190 * world().size());
}

void halve(int x, cohort::emitter<bool, int>& emit) {
  emit(x % 2 == 0, x);
}

TEST(map_reduce_all, takes_the_types_from_a_map_that_tells_them) {
  const auto part = map_reduce_all(world(), cohort::indices(10), halve,
                                   [](bool, std::span<int> values) { return values.size(); }, {.memory = 1});
  for (const auto& [even, count] : all_of(part)) EXPECT_EQ(count, 5U * static_cast<std::size_t>(world().size()));
}

TEST(map_reduce_cost, is_one_round_where_memory_suffices) {
  const auto run = [](std::size_t keys, std::size_t memory) {
    return calls([&] {
      (void)map_reduce<std::size_t, int>(world(), cohort::indices(keys),
                                         [](std::size_t i, auto& emit) { emit(i, 1); }, std::plus{},
                                         {.memory = memory});
    });
  };
  if (world().size() == 1) {
    EXPECT_EQ(run(10'000, 0), "MPI_Allreduce 1");  // nobody to send to
    return;
  }
  EXPECT_EQ(run(1, 1 << 20), "MPI_Allreduce 2, MPI_Alltoall 1");  // rides along with the lengths
  EXPECT_EQ(run(10'000, 1 << 30), "MPI_Allreduce 2, MPI_Alltoall 1, MPI_Alltoallv 1");
  EXPECT_NE(run(10'000, 1 << 16), run(10'000, 1 << 30));  // in rounds
}

TEST(map_reduce_cost, is_as_many_rounds_as_memory_asks_for) {
  if (world().size() == 1) return;
  constexpr std::size_t keys = 20'000;  // on each rank, all of them for the next
  const auto ranks = static_cast<std::size_t>(world().size());
  const auto next = static_cast<std::size_t>(world().rank() + 1) % ranks;
  for (const std::size_t table : {2'000U, 10'000U, 100'000U}) {  // bytes for one owner
    const call_counter counted;
    (void)map_reduce<std::size_t, std::size_t>(
        world(), cohort::indices(keys), [&](std::size_t i, auto& emit) { emit(ranks * i + next, i); }, std::plus{},
        {.memory = table * ranks,
         .partition = [](std::size_t key, int n) { return static_cast<int>(key % static_cast<std::size_t>(n)); }});
    const auto rounds = static_cast<std::size_t>(counted.count("MPI_Alltoall"));
    const auto bytes = keys * 2 * sizeof(std::size_t);
    EXPECT_GE(rounds, bytes / (table + 100)) << "more than the memory of " << table;
    EXPECT_LE(rounds, 3 * bytes / table + 1) << "a third of the memory of " << table << " is used, or less";
    EXPECT_EQ(counted.count("MPI_Allreduce"), static_cast<long>(rounds) + 1);
  }
}

/// Counts how many of it there are on this rank.
struct counted {
  static inline int living = 0;
  static inline int most = 0;
  std::vector<char> load;

  counted() : counted{0} {}
  explicit counted(std::size_t n) : load(n) { most = std::max(most, ++living); }
  counted(const counted&) = delete;
  counted(counted&& other) noexcept : load{std::move(other.load)} { most = std::max(most, ++living); }
  counted& operator=(counted&& other) noexcept = default;
  ~counted() { --living; }
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& load;
  }
};

/// The most values that lived on any rank that owns none, while each rank emitted 3000 pairs of 1000 bytes.
int most_living(std::size_t memory, const std::function<int(int, int)>& partition) {
  counted::most = 0;
  const auto part = map_reduce<int, counted>(
      world(), cohort::indices(3000), [](int i, auto& emit) { emit(i + 3000 * world().rank(), counted{1000}); },
      [](counted a, const counted&) { return a; }, {.memory = memory, .partition = partition});
  EXPECT_EQ(world().allreduce(part.size(), std::plus{}), 3000U * static_cast<std::size_t>(world().size()));
  return world().allreduce(part.empty() ? counted::most : 0, cohort::maximum{});
}

TEST(map_reduce_memory, is_bounded) {
  if (world().size() == 1) return;  // all is result
  const auto to_first = [](int, int) { return 0; };
  const auto to_others = [](int key, int ranks) { return 1 + key % (ranks - 1); };
  EXPECT_LT(most_living(100'000, to_first), 110);
  EXPECT_LT(most_living(100'000, to_others), 110);
  EXPECT_GE(most_living(100'000'000, to_first), 3000);
  EXPECT_GE(most_living(100'000'000, to_others), 3000);
  EXPECT_EQ(counted::living, 0);
}

TEST(map_reduce_memory, is_not_used_up_by_values_that_shrink) {
  // Values of 1000 bytes that are reduced to one at once: no need of a round.
  const auto longest = [](std::string a, std::string b) { return a.size() < b.size() ? b : a; };
  const auto what = calls([&] {
    (void)map_reduce<int, std::string>(world(), cohort::indices(1000),
                                       [](int i, auto& emit) { emit(i % 2, std::string(1000, 'x')); }, longest,
                                       {.memory = 100'000});
  });
  EXPECT_NE(what.find(world().size() == 1 ? "MPI_Allreduce 1" : "MPI_Allreduce 2"), std::string::npos) << what;
}

TEST(gather_to_root, joins_parts_of_any_type_in_the_order_of_ranks) {
  for (int root = 0; root != world().size(); ++root) {
    const auto n = static_cast<std::size_t>(world().rank());
    const auto numbers = gather_to_root(world(), std::vector<int>(n, world().rank()), {.root = root});
    const auto texts = gather_to_root(world(), std::vector<std::string>(n, std::to_string(n)), {.root = root});
    std::vector<int> expected;
    std::vector<std::string> expected_texts;
    for (int r = 0; r != world().size() && world().rank() == root; ++r) {
      expected.insert(expected.end(), static_cast<std::size_t>(r), r);
      expected_texts.insert(expected_texts.end(), static_cast<std::size_t>(r), std::to_string(r));
    }
    EXPECT_EQ(numbers, expected);
    EXPECT_EQ(texts, expected_texts);
  }
}

}  // namespace
