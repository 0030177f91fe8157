#include "fibonacci/share_out.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace {

using fibonacci::cost_of;
using fibonacci::share_out;
using fibonacci::shares;

std::vector<double> loads(const shares& dealt) {
  std::vector<double> result;
  auto at = dealt.terms.begin();
  for (const int count : dealt.counts) {
    double load = 0;
    for (int i = 0; i != count; ++i) load += cost_of(*at++);
    result.push_back(load);
  }
  return result;
}

std::vector<std::uint64_t> sorted(std::vector<std::uint64_t> terms) {
  std::sort(terms.begin(), terms.end());
  return terms;
}

TEST(share_out, no_terms) {
  const auto dealt = share_out({}, 3);
  EXPECT_TRUE(dealt.terms.empty());
  EXPECT_EQ(dealt.counts, (std::vector<int>{0, 0, 0}));
}

TEST(share_out, fewer_terms_than_ranks) {
  const std::vector<std::uint64_t> terms{5, 1000, 70};
  const auto dealt = share_out(terms, 5);
  EXPECT_EQ(dealt.terms, (std::vector<std::uint64_t>{1000, 70, 5}));
  EXPECT_EQ(dealt.counts, (std::vector<int>{1, 1, 1, 0, 0}));
}

TEST(share_out, one_dear_term_stays_alone) {
  std::vector<std::uint64_t> terms(100);
  std::iota(terms.begin(), terms.end(), 0U);
  terms.push_back(10'000'000);
  EXPECT_EQ(share_out(terms, 2).counts, (std::vector<int>{1, 100}));
}

TEST(share_out, each_term_once_and_no_rank_far_above_the_mean) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::printf("seed %u\n", seed);
  std::mt19937_64 random{seed};
  for (int trial = 0; trial != 300; ++trial) {
    std::vector<std::uint64_t> terms(random() % 200);
    for (auto& n : terms) n = random() >> (34 + random() % 30);
    const int ranks = 1 + static_cast<int>(random() % 9);
    const auto dealt = share_out(terms, ranks);
    ASSERT_EQ(dealt.counts.size(), static_cast<std::size_t>(ranks));
    ASSERT_EQ(sorted(dealt.terms), sorted(terms));
    ASSERT_EQ(std::accumulate(dealt.counts.begin(), dealt.counts.end(), std::size_t{0}), terms.size());
    if (terms.empty()) continue;
    // Whoever has the most had the least before its last term, so at most the
    // mean of all the others' work.
    const auto work = loads(dealt);
    const double mean = std::accumulate(work.begin(), work.end(), 0.0) / ranks;
    const double dearest = cost_of(*std::max_element(terms.begin(), terms.end()));
    EXPECT_LE(*std::max_element(work.begin(), work.end()), (mean + dearest) * (1 + 1e-9));
  }
}

TEST(share_out, two_hundred_like_terms_are_even) {
  std::vector<std::uint64_t> terms(200);
  std::iota(terms.begin(), terms.end(), 1'000'000U);
  for (const int ranks : {2, 4, 5, 8}) {
    const auto work = loads(share_out(terms, ranks));
    const double mean = std::accumulate(work.begin(), work.end(), 0.0) / ranks;
    EXPECT_LE(*std::max_element(work.begin(), work.end()), 1.001 * mean) << ranks;
  }
}

TEST(share_out, does_not_depend_on_the_order_of_the_terms) {
  std::vector<std::uint64_t> terms(50);
  for (std::size_t i = 0; i != terms.size(); ++i) terms[i] = i * i * 100;
  const auto ascending = share_out(terms, 3);
  std::reverse(terms.begin(), terms.end());
  const auto descending = share_out(terms, 3);
  EXPECT_EQ(ascending.terms, descending.terms);
  EXPECT_EQ(ascending.counts, descending.counts);
}

}  // namespace
