// The examples of docs/patterns.md for divide and conquer.
#include <cohort/cohort.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using cohort::test::world;

// example: divide_queens
/// Queens on the first rows of a board, by column, so that none attacks another.
struct board {
  int size = 0;
  std::vector<int> queens;
};

bool unfinished(const board& b) {
  return static_cast<int>(b.queens.size()) < b.size;
}

std::vector<board> next_row(const board& b) {  // none, if no place is left
  std::vector<board> boards;
  for (int column = 0; column != b.size; ++column) {
    bool free = true;
    const int row = static_cast<int>(b.queens.size());
    for (int r = 0; r != row; ++r) {
      const int c = b.queens[static_cast<std::size_t>(r)];
      free = free && c != column && std::abs(c - column) != row - r;
    }
    if (!free) continue;
    boards.push_back(b);
    boards.back().queens.push_back(column);
  }
  return boards;
}
// end

TEST(docs_divide, counts_solutions) {
  // example: divide
  std::optional<int> solutions = cohort::divide_and_conquer(  // on rank 0: 92
      world(), board{8, {}}, unfinished, next_row,            // a board with a row to go: one for each place
      [](const board&) { return 1; },                         // a full board
      [](const std::vector<int>& counts) {                    // of the boards that next_row gave, in their order
        return std::accumulate(counts.begin(), counts.end(), 0);
      });
  // end
  if (solutions) {
    EXPECT_EQ(*solutions, 92);
  }
  EXPECT_EQ(solutions.has_value(), world().rank() == 0);
}

TEST(docs_divide, integrates) {
  // example: divide_problem
  struct interval {
    double from = 0;
    double to = 0;
  };
  const auto rule = [](const interval& i) {  // Simpson's, of the function to be integrated
    const auto f = [](double x) { return std::sqrt(x); };
    return (i.to - i.from) / 6 * (f(i.from) + 4 * f((i.from + i.to) / 2) + f(i.to));
  };
  const auto halves = [](const interval& i) {
    const double middle = (i.from + i.to) / 2;
    return std::array{interval{i.from, middle}, interval{middle, i.to}};
  };
  const auto inexact = [&](const interval& i) {
    const auto parts = halves(i);
    return std::abs(rule(parts[0]) + rule(parts[1]) - rule(i)) > 1e-10 * (i.to - i.from);
  };
  const auto sum = [](const std::vector<double>& parts) { return parts[0] + parts[1]; };
  auto integral = cohort::divide_and_conquer(world(), interval{0, 1}, inexact, halves, rule, sum);
  // end
  if (integral) {
    EXPECT_NEAR(*integral, 2.0 / 3, 1e-9);
  }
}

TEST(docs_divide, tells_what_was_done) {
  // example: divide_share
  cohort::divide_share mine;
  auto fibonacci = cohort::divide_and_conquer(
      world(), 20, [](int n) { return n > 1; },
      [](int n) {
        return std::array{n - 1, n - 2};
      },
      [](int n) { return n; }, [](const std::vector<int>& two) { return two[0] + two[1]; },
      {.root = world().size() - 1, .share = &mine});
  const auto all = world().gather(mine);  // solved, merged, given, taken, asked, idle_seconds, cutoff_depth
  // end
  EXPECT_EQ(fibonacci.value_or(6765), 6765);
  std::uint64_t solved = 0;
  for (const auto& each : all) solved += each.solved;
  EXPECT_EQ(solved, world().rank() == 0 ? 10946U : 0U);
}

TEST(docs_divide, fails_everywhere) {
  bool thrown = false;
  // example: divide_error
  try {
    [[maybe_unused]] auto result = cohort::divide_and_conquer(
        world(), 64, [](int n) { return n > 1; },
        [](int n) {
          return std::array{n / 2, n / 2};
        },
        [](int) -> int { throw std::domain_error{"no solution"}; },
        [](const std::vector<int>& parts) { return parts[0]; });
  } catch (const cohort::divide_error& e) {  // on every rank, the same
    EXPECT_EQ(e.step(), "solve");
    EXPECT_EQ(e.depth(), 6U);                          // 64 has depth 0, 32 has 1
    EXPECT_EQ(e.failure().type, "std::domain_error");  // and message, rank, host
    thrown = true;
  }
  // end
  EXPECT_TRUE(thrown);
}

}  // namespace
