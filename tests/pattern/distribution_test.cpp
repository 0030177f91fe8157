#include <cohort/core/error.hpp>
#include <cohort/pattern/distribution.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <iterator>
#include <ranges>
#include <string>
#include <vector>

namespace {

using cohort::block_cyclic_distribution;
using cohort::block_distribution;
using cohort::cyclic_distribution;

static_assert(cohort::distribution<block_distribution>);
static_assert(cohort::distribution<cyclic_distribution>);
static_assert(cohort::distribution<block_cyclic_distribution>);
static_assert(std::ranges::forward_range<decltype(block_distribution{}.indices_of(0))>);
static_assert(block_distribution{7, 3}.owner(3) == 1);  // also at compile time
static_assert(block_cyclic_distribution{7, 3, 2}.global_index(0, 2) == 6);

/// What a distribution must answer, given the owner of each element.
template <class Distribution>
void expect(const Distribution& d, const std::vector<int>& owners, int ranks) {
  ASSERT_EQ(d.size(), owners.size());
  ASSERT_EQ(d.ranks(), ranks);
  std::vector<std::vector<std::size_t>> parts(static_cast<std::size_t>(ranks));
  for (std::size_t i = 0; i != owners.size(); ++i) {
    auto& part = parts[static_cast<std::size_t>(owners[i])];
    EXPECT_EQ(d.owner(i), owners[i]) << i;
    EXPECT_EQ(d.local_index(i), part.size()) << i;
    EXPECT_EQ(d.global_index(owners[i], part.size()), i) << i;
    part.push_back(i);
    std::size_t alike = 1;
    while (i + alike != owners.size() && owners[i + alike] == owners[i]) ++alike;
    EXPECT_EQ(d.contiguous_from(i), alike) << i;
  }
  for (int r = 0; r != ranks; ++r) {
    const auto& part = parts[static_cast<std::size_t>(r)];
    EXPECT_EQ(d.local_size(r), part.size()) << r;
    const auto indices = d.indices_of(r);
    EXPECT_EQ(indices.size(), part.size());
    EXPECT_EQ(std::vector<std::size_t>(indices.begin(), indices.end()), part) << r;
  }
  EXPECT_THROW((void)d.owner(owners.size()), cohort::argument_error);
  EXPECT_THROW((void)d.local_index(owners.size()), cohort::argument_error);
  EXPECT_THROW((void)d.contiguous_from(owners.size()), cohort::argument_error);
  EXPECT_THROW((void)d.global_index(0, parts[0].size()), cohort::argument_error);
  EXPECT_THROW((void)d.local_size(ranks), cohort::argument_error);
  EXPECT_THROW((void)d.local_size(-1), cohort::argument_error);
  EXPECT_THROW((void)d.indices_of(ranks), cohort::argument_error);
}

/// Runs of the given lengths, one after the other to the ranks in turn.
std::vector<int> dealt_out(std::size_t n, int ranks, const auto& length) {
  std::vector<int> owners;
  for (int turn = 0; owners.size() != n; ++turn) {
    for (std::size_t i = 0; i != length(turn) && owners.size() != n; ++i) owners.push_back(turn % ranks);
  }
  return owners;
}

TEST(distribution, block_is_what_scatter_deals_out) {
  for (std::size_t n = 0; n != 30; ++n) {
    for (int ranks = 1; ranks != 12; ++ranks) {
      const auto p = static_cast<std::size_t>(ranks);
      const auto length = [&](int turn) { return n / p + (static_cast<std::size_t>(turn) < n % p ? 1 : 0); };
      expect(block_distribution{n, ranks}, dealt_out(n, ranks, length), ranks);
    }
  }
}

TEST(distribution, cyclic_deals_out_one_by_one) {
  for (std::size_t n = 0; n != 30; ++n) {
    for (int ranks = 1; ranks != 12; ++ranks) {
      const auto owners = dealt_out(n, ranks, [](int) { return std::size_t{1}; });
      const cyclic_distribution d{n, ranks};
      expect(d, owners, ranks);
      EXPECT_EQ(d, block_cyclic_distribution(n, ranks, 1));
    }
  }
}

TEST(distribution, block_cyclic_deals_out_blocks) {
  for (std::size_t n = 0; n != 30; ++n) {
    for (int ranks = 1; ranks != 9; ++ranks) {
      for (std::size_t block = 1; block != 34; ++block) {
        expect(block_cyclic_distribution{n, ranks, block}, dealt_out(n, ranks, [&](int) { return block; }), ranks);
      }
    }
  }
}

TEST(distribution, of_huge_arrays_does_not_overflow) {
  constexpr std::size_t n = std::size_t{1} << 62;
  const block_distribution blocks{n + 5, 1000};
  EXPECT_EQ(blocks.owner(n + 4), 999);
  EXPECT_EQ(blocks.global_index(999, blocks.local_size(999) - 1), n + 4);
  const block_cyclic_distribution dealt{n + 5, 1000, std::size_t{1} << 40};
  const auto last = dealt.owner(n + 4);
  EXPECT_EQ(dealt.global_index(last, dealt.local_index(n + 4)), n + 4);
  EXPECT_EQ(block_cyclic_distribution(10, 3, n).local_size(0), 10U);
}

TEST(distribution, of_nothing_is_the_default) {
  expect(block_distribution{}, {}, 1);
  expect(cyclic_distribution{}, {}, 1);
  expect(block_cyclic_distribution{}, {}, 1);
  EXPECT_EQ(block_cyclic_distribution(9, 2, 4).block(), 4U);
}

TEST(distribution, tells_what_is_wrong) {
  EXPECT_THROW((block_distribution{3, 0}), cohort::argument_error);
  EXPECT_THROW((cyclic_distribution{3, -1}), cohort::argument_error);
  EXPECT_THROW((block_cyclic_distribution{3, 2, 0}), cohort::argument_error);
  try {
    (void)block_distribution{3, 2}.owner(3);
    ADD_FAILURE();
  } catch (const cohort::argument_error& e) {
    EXPECT_STREQ(e.what(),
                 "distribution: no element has the index 3 (there are 3); give 0 or more and less than that");
  }
}

}  // namespace
