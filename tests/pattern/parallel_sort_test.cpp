#include <cohort/pattern/detail/sorted_runs.hpp>
#include <cohort/pattern/detail/splitters.hpp>
#include <cohort/pattern/parallel_sort.hpp>

#include "generated.hpp"
#include "support/cost.hpp"
#include "support/random.hpp"
#include "support/refused.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::parallel_sort;

/// A part whose length differs by rank: `most` is the longest; values out of `kinds`.
template <class Make>
auto part_of(int rank, std::uint64_t salt, std::size_t most, const Make& make) {
  auto random = engine(salt * 1000 + static_cast<std::uint64_t>(rank));
  std::vector<decltype(make(random))> part(most == 0 ? 0 : random() % (most + 1));
  for (auto& each : part) each = make(random);
  return part;
}

template <class T>
std::vector<T> joined(const std::vector<std::vector<T>>& parts) {
  std::vector<T> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

template <class T>
std::vector<T> whole(const std::vector<T>& part) {
  if constexpr (cohort::plain<T>) {
    const auto all = world().allgatherv(part);
    return {all.values.begin(), all.values.end()};
  } else {
    return joined(world().allgather(part));
  }
}

/// Sorts in parallel and alone, and compares; returns this rank's part.
template <class Make, class Compare = std::less<>>
auto check(std::uint64_t salt, std::size_t most, const Make& make, Compare compare = {}, bool stable = false) {
  using T = decltype(make(std::declval<std::mt19937_64&>()));
  std::vector<std::vector<T>> parts;
  for (int r = 0; r != world().size(); ++r) parts.push_back(part_of(r, salt, most, make));
  auto expected = joined(parts);
  std::stable_sort(expected.begin(), expected.end(), compare);
  const auto mine =
      parallel_sort(world(), parts[static_cast<std::size_t>(world().rank())], compare, {.stable = stable});
  const auto sorted = whole(std::vector<T>(mine.begin(), mine.end()));
  EXPECT_EQ(sorted.size(), expected.size());
  EXPECT_EQ(sorted, expected);
  return mine;
}

TEST(parallel_sort, sorts_numbers_of_any_lengths) {
  for (std::uint64_t salt = 0; salt != 8; ++salt) {
    for (const std::size_t most : {0U, 1U, 2U, 5U, 100U, 5000U}) {
      check(salt, most, [](auto& random) { return static_cast<double>(random() >> 11U); });
      check(
          salt, most, [](auto& random) { return static_cast<int>(random() % 3); }, std::greater<>{});
    }
  }
}

TEST(parallel_sort, sorts_objects) {
  const auto text = [](auto& random) { return std::string(random() % 40, static_cast<char>('a' + random() % 26)); };
  for (std::uint64_t salt = 0; salt != 5; ++salt) {
    for (const std::size_t most : {0U, 1U, 3U, 2000U}) {
      check(salt, most, text);
      check(
          salt, most, text, [](const std::string& a, const std::string& b) { return a.size() < b.size(); }, true);
    }
  }
}

TEST(parallel_sort, sorts_texts_byte_by_byte) {
  // Few letters, among them the least and the greatest there are, so that many texts begin alike, one is what
  // another begins with, and many are equal; also behind what all begin with, and behind one of a few long
  // beginnings.
  const auto tail = [](auto& random) {
    static constexpr char letters[] = {'\0', '\x01', 'a', '\x7f', '\x80', '\xff'};
    std::string text(random() % 20, ' ');
    for (auto& each : text) each = letters[random() % (1 + random() % 6)];
    return text;
  };
  const auto behind_one = [&](auto& random) { return std::string(50, 'x') + tail(random); };
  const auto behind_some = [&](auto& random) {
    return "what begins with this, and goes on for long, is" + std::string(random() % 3 * 7, 'x') + tail(random);
  };
  const auto ladder = [](auto& random) { return std::string(random() % 300, 'x'); };
  const auto in_every_order = [](std::uint64_t salt, std::size_t most, const auto& make) {
    check(salt, most, make);
    check(salt, most, make, std::less<std::string>{}, true);
    check(salt, most, make, std::greater<>{});
    check(salt, most, make, std::greater<std::string>{}, true);
  };
  for (std::uint64_t salt = 0; salt != 3; ++salt) {
    for (const std::size_t most : {1U, 3U, 1000U}) {
      in_every_order(salt, most, tail);
      in_every_order(salt, most, behind_one);
      in_every_order(salt, most, behind_some);
      in_every_order(salt, most, ladder);
    }
  }
}

TEST(parallel_sort, leaves_elements_whole_that_the_order_takes_by_value) {
  std::vector<std::string> mine;
  for (int i = 0; i != 100; ++i)
    mine.push_back("a text that is longer than what a string holds itself " + std::to_string(i));
  const auto sorted = parallel_sort(world(), mine, [](std::string a, std::string b) { return a < b; });
  for (const auto& each : sorted) EXPECT_EQ(each.rfind("a text that is longer", 0), 0U) << each;
}

TEST(parallel_sort, keeps_the_order_of_equal_elements_if_asked) {
  struct card {
    int value;
    int rank;
    int place;
    bool operator==(const card&) const = default;
  };
  const auto by_value = [](const card& a, const card& b) { return a.value < b.value; };
  for (std::uint64_t salt = 0; salt != 5; ++salt) {
    for (const int kinds : {1, 2, 50}) {
      for (const std::size_t most : {3U, 5000U}) {
        int place = 0;
        check(
            salt, most,
            [&](auto& random) {
              return card{static_cast<int>(random() % static_cast<unsigned>(kinds)), 0, place++};
            },
            by_value, true);
      }
    }
  }
}

TEST(parallel_sort, gives_each_rank_its_share) {
  const auto p = static_cast<std::size_t>(world().size());
  const auto balanced = [&](std::size_t mine) {
    const auto total = world().allreduce(mine, std::plus{});
    EXPECT_LE(mine, total / p + total / p / 64 + p) << "of " << total;
  };
  // All equal, all on one rank, sorted already, backwards.
  balanced(parallel_sort(world(), std::vector<int>(10'000, 7)).size());
  balanced(parallel_sort(world(), random_vector<int>(world().rank() == world().size() - 1 ? 50'000 : 0, 1)).size());
  std::vector<long> rising(10'000);
  for (std::size_t i = 0; i != rising.size(); ++i) rising[i] = static_cast<long>(i) + 10'000L * world().rank();
  balanced(parallel_sort(world(), rising).size());
  balanced(parallel_sort(world(), rising, std::greater<>{}).size());
}

TEST(parallel_sort, takes_buffers_and_gives_buffers) {
  cohort::buffer<int> mine{3, 1, 2};
  const cohort::buffer<int> sorted = parallel_sort(world(), std::move(mine));
  EXPECT_TRUE(std::is_sorted(sorted.begin(), sorted.end()));
  EXPECT_EQ(world().allreduce(sorted.size(), std::plus{}), static_cast<std::size_t>(3 * world().size()));
}

TEST(parallel_sort, sends_each_element_once) {
  std::vector<double> mine(20'000);
  auto random = engine(static_cast<std::uint64_t>(world().rank()));
  for (auto& each : mine) each = static_cast<double>(random() >> 11U);
  // Agreement three times and the count; the samples; the elements. No call per element, nor per rank.
  EXPECT_EQ(calls([&] { static_cast<void>(parallel_sort(world(), mine)); }),
            std::string{"MPI_Allgather 1, MPI_Allgatherv 1, MPI_Allreduce 4, MPI_Alltoall 1"} +
                (world().size() == 1 ? "" : ", MPI_Alltoallv 1"));
}

TEST(parallel_sort, tells_every_rank_of_an_exception_of_the_order) {
  const auto last = world().size() - 1;
  long comparisons = 0;
  static_cast<void>(parallel_sort(world(), random_vector<int>(1000, 5), [&](int a, int b) {
    ++comparisons;
    return a < b;
  }));
  // In its sort, where it cuts its part, in its merge.
  for (const long at : {0L, comparisons / 4, comparisons / 2, comparisons * 3 / 4, comparisons - 1}) {
    long left = at;
    try {
      static_cast<void>(parallel_sort(world(), random_vector<int>(1000, 5), [&](int a, int b) {
        if (world().rank() == last && left-- == 0) throw std::range_error{"cannot compare"};
        return a < b;
      }));
      ADD_FAILURE() << "no exception";
    } catch (const cohort::rank_error& e) {
      EXPECT_EQ(e.failure().rank, last);
      EXPECT_EQ(e.failure().routine, "parallel_sort");
      EXPECT_EQ(e.failure().message, "cannot compare");
    }
  }
}

TEST(splitters, cuts_of_all_ranks_fit_together) {
  if (world().rank() != 0) return;
  for (std::uint64_t seed = 0; seed != 200; ++seed) {
    auto random = engine(seed);
    const auto ranks = 1 + random() % 9;
    std::vector<std::vector<int>> parts(ranks);
    std::size_t total = 0;
    for (auto& part : parts) {
      part.resize(random() % 2000);
      for (auto& each : part) each = static_cast<int>(random() % (1 + seed));
      std::sort(part.begin(), part.end());
      total += part.size();
    }
    const auto step = cohort::detail::splitters::step(total, static_cast<int>(ranks));
    std::vector<int> samples;
    std::vector<std::size_t> counts;
    for (const auto& part : parts) {
      counts.push_back(cohort::detail::splitters::samples(part.size(), step));
      for (std::size_t i = 0; i != counts.back(); ++i)
        samples.push_back(part[cohort::detail::splitters::place(i, step)]);
    }
    std::less<> less;
    std::vector<std::size_t> sizes(ranks, 0);
    // The greatest that each piece has so far, and the least: pieces must not overlap.
    std::vector<std::pair<int, int>> reach(ranks, {1 << 30, -1});
    for (std::size_t r = 0; r != ranks; ++r) {
      const auto cuts = cohort::detail::splitters::cuts(parts[r].data(), parts[r].size(), static_cast<int>(r), step,
                                                        samples.data(), counts, less);
      ASSERT_EQ(cuts.size(), ranks + 1);
      ASSERT_TRUE(std::is_sorted(cuts.begin(), cuts.end()));
      ASSERT_EQ(cuts.back(), parts[r].size());
      for (std::size_t piece = 0; piece != ranks; ++piece) {
        sizes[piece] += cuts[piece + 1] - cuts[piece];
        if (cuts[piece + 1] == cuts[piece]) continue;
        reach[piece].first = std::min(reach[piece].first, parts[r][cuts[piece]]);
        reach[piece].second = std::max(reach[piece].second, parts[r][cuts[piece + 1] - 1]);
      }
    }
    int highest = -1;
    for (const auto& [least, greatest] : reach) {
      if (greatest < 0) continue;
      EXPECT_GE(least, highest);
      highest = greatest;
    }
    for (const auto n : sizes) EXPECT_LE(n, total / ranks + 1 + step * ranks) << seed;
  }
}

TEST(parallel_sort, refuses_what_is_no_order_on_every_rank) {
  const auto rank = static_cast<std::size_t>(world().rank());
  for (const std::size_t n : {3U, 3000U}) {
    std::vector<double> numbers(n, 1.0);
    for (std::size_t i = 0; i != n; ++i) numbers[i] = static_cast<double>((i * 7919 + rank) % n);
    EXPECT_THROW((void)parallel_sort(world(), numbers, std::less_equal{}), cohort::argument_error);
    if (rank == 0) numbers[n / 2] = std::numeric_limits<double>::quiet_NaN();
    refused("no strict weak ordering", [&] { (void)parallel_sort(world(), numbers); });
    refused("no strict weak ordering",
            [&] { (void)parallel_sort(world(), numbers, std::greater{}, {.stable = true}); });
  }
  // Whatever is not seen keeps every element, on ranks that stay together.
  for (std::uint64_t seed = 0; seed != 30; ++seed) {
    auto random = engine(seed * 100 + rank);
    std::vector<std::pair<double, int>> pairs(random() % 500);
    for (auto& each : pairs) {
      each.first =
          random() % 4 == 0 ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(random() % 100);
    }
    const auto by_number = [](const auto& a, const auto& b) { return a.first < b.first; };
    const auto given = world().allreduce(pairs.size(), std::plus{});
    bool refuses = false;
    std::size_t kept = 0;
    try {
      kept = parallel_sort(world(), pairs, by_number, {.stable = true}).size();
    } catch (const cohort::argument_error&) {
      refuses = true;
    }
    const auto who = world().allreduce(refuses ? 1 : 0, std::plus{});
    EXPECT_TRUE(who == 0 || who == world().size()) << seed;
    const auto left = world().allreduce(kept, std::plus{});
    EXPECT_EQ(left, refuses ? 0 : given) << seed;
  }
}

TEST(merge_runs, merges_any_number_and_keeps_the_order_of_equals) {
  for (std::size_t runs = 0; runs != 12; ++runs) {
    std::vector<std::pair<int, int>> from;
    std::vector<std::size_t> begins{0};
    int place = 0;
    for (std::size_t r = 0; r != runs; ++r) {
      for (std::size_t i = 0; i != r * 7 % 5; ++i) from.emplace_back(static_cast<int>(i / 2), place++);
      begins.push_back(from.size());
    }
    auto expected = from;
    const auto by_first = [](const auto& a, const auto& b) { return a.first < b.first; };
    std::stable_sort(expected.begin(), expected.end(), by_first);
    std::vector<std::pair<int, int>> to(from.size());
    const auto* const at = cohort::detail::merge_runs(from.data(), to.data(), begins, by_first);
    EXPECT_EQ(std::vector(at, at + from.size()), expected);
  }
}

}  // namespace
