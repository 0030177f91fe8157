// divide_and_conquer against the recursion that it stands for.

#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/gather.hpp>
#include <cohort/core/op.hpp>
#include <cohort/pattern/divide_and_conquer.hpp>

#include "divide_trees.hpp"
#include "generated.hpp"
#include "support/cost.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

using namespace cohort::test;
using cohort::divide_and_conquer;

std::optional<std::string> together(const node& whole, cohort::divide_options options = {}) {
  return divide_and_conquer(world(), whole, divisible, split, solve, merge, options);
}

/// The sum of 1 for each leaf of a binary tree with so many leaves, each of which takes `rest`.
std::optional<long> leaves(long n, std::chrono::microseconds rest, cohort::divide_options options = {}) {
  return divide_and_conquer(
      world(), n, [](long k) { return k > 1; },
      [](long k) {
        return std::array{k / 2, k - k / 2};
      },
      [rest](long k) {
        if (rest > 0us) std::this_thread::sleep_for(rest);
        return k;
      },
      [](const std::vector<long>& parts) { return parts[0] + parts[1]; }, options);
}

TEST(divide, means_the_recursion) {
  std::size_t largest = 0;
  for (std::uint64_t salt = 0; salt != 40; ++salt) {
    const node whole{engine(salt)(), static_cast<int>(salt % 12), ""};
    const auto expected = alone(whole);
    largest = std::max(largest, expected.size());
    const int root = static_cast<int>(salt) % world().size();
    // Whatever is handed over, the result is the same.
    const auto cutoff = std::array{100us, 0us, 3'600'000'000us}[salt % 3];
    const auto result = together(whole, {.root = root, .cutoff = cutoff, .seed = salt});
    EXPECT_EQ(result.has_value(), world().rank() == root);
    if (result) {
      EXPECT_EQ(*result, expected) << "salt " << salt << ", seed " << seed();
    }
  }
  EXPECT_GT(largest, 100U) << "seed " << seed();
}

TEST(divide, hands_pieces_over_whatever_they_are) {
  // Leaves that take a while, so that all ranks come to have some.
  for (std::uint64_t salt = 0; salt != 6; ++salt) {
    const node whole{engine(salt + 100)(), 7, ""};
    const auto expected = alone(whole);
    const auto result = divide_and_conquer(world(), whole, divisible, split,
                                           [](const node& n) {
                                             std::this_thread::sleep_for(100us);
                                             return solve(n);
                                           },
                                           merge, {.cutoff = 0us, .seed = salt});
    if (result) {
      EXPECT_EQ(*result, expected) << "salt " << salt << ", seed " << seed();
    }
  }
}

TEST(divide, lets_all_ranks_take_part) {
  cohort::divide_share share;
  const auto result = leaves(128, 1ms, {.share = &share});
  EXPECT_GT(share.solved, 0U);
  const auto all = world().gather(share);
  if (world().rank() != 0) return;
  EXPECT_EQ(result, 128);
  const auto sum = [&](auto member) {
    return std::transform_reduce(all.begin(), all.end(), std::uint64_t{0}, std::plus{},
                                 [&](const auto& each) { return each.*member; });
  };
  EXPECT_EQ(sum(&cohort::divide_share::solved), 128U);
  EXPECT_EQ(sum(&cohort::divide_share::merged), 127U);
  EXPECT_EQ(sum(&cohort::divide_share::given), sum(&cohort::divide_share::taken));
  EXPECT_GE(sum(&cohort::divide_share::taken), all.size() - 1);
}

TEST(divide, lets_all_ranks_take_part_in_few_long_problems) {
  // The first call of solve must not begin before the others have got something.
  cohort::divide_share share;
  const long n = 1L << static_cast<unsigned>(world().size());
  const auto result = leaves(n, 10ms, {.root = world().size() - 1, .share = &share});
  EXPECT_GT(share.solved, 0U);
  if (result) {
    EXPECT_EQ(*result, n);
  }
}

TEST(divide, keeps_small_problems_on_one_rank) {
  const auto ranks = static_cast<long>(world().size());
  cohort::divide_share share;
  const call_counter counter;
  const auto result = leaves(5000, 0us, {.deepest = 0, .share = &share});
  // Each other rank is asked once at most; the end.
  EXPECT_LE(counter.count("MPI_Issend"), ranks - 1 + 2);
  EXPECT_EQ(share.given, 0U);
  EXPECT_EQ(share.solved, world().rank() == 0 ? 5000U : 0U);
  if (result) {
    EXPECT_EQ(*result, 5000);
  }
}

TEST(divide, hands_over_little_of_what_takes_less_than_the_cutoff) {
  cohort::divide_share share;
  const auto result = leaves(1L << 13, 0us, {.cutoff = 1h, .share = &share});
  // Only what it knows nothing of yet.
  EXPECT_LT(world().allreduce(share.given, std::plus{}), 1000U);
  if (result) {
    EXPECT_EQ(*result, 1L << 13);
  }
  if (world().rank() == 0) {
    EXPECT_GE(share.cutoff_depth, 0);
  }
}

TEST(divide, leaves_no_message) {
  const auto balance = [] {
    const call_counter counter;
    EXPECT_EQ(leaves(200, 50us, {.cutoff = 0us}).has_value(), world().rank() == 0);
    return counter.count("MPI_Issend") - counter.count("MPI_Recv") - counter.count("MPI_Mrecv") -
           counter.count("MPI_Irecv");
  };
  for (int round = 0; round != 5; ++round) EXPECT_EQ(world().allreduce(balance(), std::plus{}), 0);
}

TEST(divide, needs_no_message_alone) {
  if (world().size() > 1) return;
  EXPECT_EQ(calls([] { EXPECT_EQ(leaves(1000, 0us), 1000); }), "");
}

TEST(divide, has_no_depth_that_is_too_great) {
  constexpr int n = 100'000;
  const auto sum = [](const std::vector<long>& parts) { return std::reduce(parts.begin(), parts.end(), 0L); };
  const auto one = [](int k) { return static_cast<long>(k); };
  const auto more = [](int k) { return k > 1; };
  const auto result = divide_and_conquer(
      world(), n, more,
      [](int k) {
        return std::array{k - 1, 1};
      },
      one, sum);
  EXPECT_EQ(result.value_or(n), n);
}

TEST(divide, goes_deep_on_any_side) {
  constexpr int n = 1000;  // without a cut-off the rest of a chain goes to and fro
  const auto sum = [](const std::vector<long>& parts) { return std::reduce(parts.begin(), parts.end(), 0L); };
  const auto one = [](int k) { return static_cast<long>(k); };
  const auto more = [](int k) { return k > 1; };
  for (const auto cutoff : {0us, 100us}) {
    const auto last = divide_and_conquer(world(), n, more,
                                         [](int k) {
                                           return std::array{1, k - 1};
                                         },
                                         one, sum, {.cutoff = cutoff});
    const auto only =
        divide_and_conquer(world(), n, more, [](int k) { return std::array{k - 1}; }, one, sum, {.cutoff = cutoff});
    EXPECT_EQ(last.value_or(n), n);
    EXPECT_EQ(only.value_or(1), 1);
  }
}

TEST(divide, takes_many_pieces_at_once) {
  // One split, 20,000 pieces, of which others get half, and half of the rest, ...
  const auto result = divide_and_conquer(
      world(), 20'000, [](int k) { return k > 0; },
      [](int k) { return std::vector<int>(static_cast<std::size_t>(k)); },
      [place = 0](int) mutable { return ++place; },  // in each rank's order
      [](std::vector<int> parts) {
        return std::is_sorted(parts.begin(), parts.end()) || world().size() > 1 ? static_cast<int>(parts.size())
                                                                                : -1;
      });
  if (result) {
    EXPECT_EQ(*result, 20'000);
  }
}

TEST(divide, merges_with_a_look_at_the_problem) {
  const auto result = divide_and_conquer(
      world(), std::string(300, 'x'), [](const std::string& s) { return s.size() > 1; },
      [](std::string s) {  // by value: a copy, since merge wants to see it
        const auto middle = s.size() / 3 + 1;
        return std::list<std::string>{s.substr(0, middle), s.substr(middle)};
      },
      [](const std::string& s) { return s.size(); },
      [](const std::string& whole, const std::vector<std::size_t>& parts) {
        return whole.size() == std::reduce(parts.begin(), parts.end()) ? whole.size() : 0;
      });
  if (result) {
    EXPECT_EQ(*result, 300U);
  }
}

TEST(divide, moves_what_can_only_be_moved) {
  using number = std::unique_ptr<int>;
  const auto result = divide_and_conquer(
      world(), std::make_unique<int>(500), [](const number& n) { return *n > 1; },
      [](number n) {
        std::vector<number> halves;
        halves.push_back(std::make_unique<int>(*n / 2));
        halves.push_back(std::make_unique<int>(*n - *n / 2));
        return halves;
      },
      [](number n) {
        std::this_thread::sleep_for(20us);
        return n;
      },
      [](std::vector<number> parts) {
        *parts[0] += *parts[1];
        return std::move(parts[0]);
      },
      {.cutoff = 0us});
  if (result) {
    EXPECT_EQ(**result, 500);
  }
}

TEST(divide, takes_pieces_from_any_range) {
  const auto sum = [](const std::vector<int>& parts) { return std::reduce(parts.begin(), parts.end()); };
  const auto below = divide_and_conquer(
      world(), 12, [](int n) { return n > 1; },
      [](int n) {
        return generated{n / 2, [](int k) { return k; }};
      },
      [](int) { return 1; }, sum);
  const std::function<int(int)> expected = [&](int n) {
    if (n <= 1) return 1;
    int all = 0;
    for (int k = 0; k != n / 2; ++k) all += expected(k);
    return all;
  };
  if (below) {
    EXPECT_EQ(*below, expected(12));
  }
  // A range that stays somebody else's is copied.
  std::vector<std::string> names{"Ada", "Grace"};
  const auto join = [](const std::vector<std::string>& parts) { return parts[0] + parts[1]; };
  const auto nameless = [](const std::string& s) { return s.empty(); };
  const auto held = divide_and_conquer(
      world(), std::string{}, nameless, [&](const std::string&) -> std::vector<std::string>& { return names; },
      std::identity{}, join);
  const auto seen = divide_and_conquer(
      world(), std::string{}, nameless, [&](const std::string&) { return std::span<std::string>{names}; },
      std::identity{}, join);
  EXPECT_EQ(held.value_or("AdaGrace"), "AdaGrace");
  EXPECT_EQ(seen.value_or("AdaGrace"), "AdaGrace");
  EXPECT_EQ(names[0], "Ada");
}

TEST(divide, sends_long_problems_and_results) {
  auto random = engine(7);
  std::vector<int> numbers(300'000);
  for (auto& each : numbers) each = static_cast<int>(random() % 1000);
  auto expected = numbers;
  std::sort(expected.begin(), expected.end());
  const auto halves = [](std::vector<int> v) {
    const auto middle = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
    return std::array{std::vector<int>(v.begin(), middle), std::vector<int>(middle, v.end())};
  };
  const auto joined = [](const std::vector<std::vector<int>>& parts) {
    std::vector<int> all(parts[0].size() + parts[1].size());
    std::merge(parts[0].begin(), parts[0].end(), parts[1].begin(), parts[1].end(), all.begin());
    return all;
  };
  const auto sorted = divide_and_conquer(
      world(), world().rank() == 0 ? numbers : std::vector<int>{},
      [](const std::vector<int>& v) { return v.size() > 10'000; }, halves,
      [](std::vector<int> v) {
        std::sort(v.begin(), v.end());
        return v;
      },
      joined, {.cutoff = 1us});
  if (sorted) {
    EXPECT_TRUE(*sorted == expected);
  }
}

TEST(divide, of_a_problem_that_is_solved_at_once) {
  EXPECT_EQ(leaves(1, 0us).value_or(1), 1);
  const auto none = divide_and_conquer(
      world(), 5, [](int) { return true; }, [](int) { return std::vector<int>{}; }, [](int n) { return n; },
      [](const std::vector<int>& parts) { return static_cast<int>(parts.size()); });
  EXPECT_EQ(none.value_or(0), 0);
}

TEST(divide, costs_are_learned_per_depth) {
  cohort::detail::divide_costs costs{100};
  EXPECT_EQ(costs.expected(3), cohort::detail::divide_costs::unknown);
  EXPECT_EQ(costs.cutoff_depth(), -1);
  for (int i = 0; i != 100; ++i) {
    costs.learn(2, 1000);
    costs.learn(3, i % 2 == 0 ? 20 : 40);
  }
  EXPECT_EQ(costs.expected(2), 1000);
  EXPECT_NEAR(static_cast<double>(costs.expected(3)), 30, 5);
  EXPECT_EQ(costs.cutoff_depth(), 3);
  costs.learn(5'000, 7);  // the deepest ones share what is known
  EXPECT_EQ(costs.expected(6'000), 7);

  cohort::detail::worth few{costs, 10};
  EXPECT_TRUE(few.add(2, 3));
  EXPECT_FALSE(few.enough());
  EXPECT_TRUE(few.add(3, 3));
  EXPECT_TRUE(few.enough());
  EXPECT_FALSE(few.add(1, 11));
  costs.learn_move(2, 1, 1'000'000);  // dearer to hand over than to do
  cohort::detail::worth dear{costs, 10};
  EXPECT_TRUE(dear.add(5, 2));
  EXPECT_FALSE(dear.enough());
}

}  // namespace
