#include <cohort/pattern/indices.hpp>
#include <cohort/pattern/transform_reduce.hpp>

#include "generated.hpp"
#include "support/cost.hpp"
#include "support/random.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::transform_reduce;

/// All ranks' parts, one behind the other; part r has some length that differs by rank, and may be 0.
template <class T>
std::vector<T> part_of(int rank, std::uint64_t salt) {
  const auto r = static_cast<std::uint64_t>(rank);
  return random_vector<T>(static_cast<std::size_t>(engine(salt + 100 * r)() % 7), salt + 100 * r + 1);
}
template <class T>
std::vector<T> whole(std::uint64_t salt) {
  std::vector<T> all;
  for (int r = 0; r != world().size(); ++r) {
    for (auto& x : part_of<T>(r, salt)) all.push_back(x);
  }
  return all;
}

TEST(transform_reduce, is_the_sequential_one) {
  const auto square = [](long x) { return x * x; };
  for (std::uint64_t salt = 0; salt != 20; ++salt) {
    const auto mine = part_of<long>(world().rank(), salt);
    const auto all = whole<long>(salt);
    EXPECT_EQ(transform_reduce(world(), mine, 7L, std::plus{}, square),
              std::transform_reduce(all.begin(), all.end(), 7L, std::plus{}, square));
    EXPECT_EQ(transform_reduce(world(), mine, -1L, cohort::maximum{}),
              std::accumulate(all.begin(), all.end(), -1L, cohort::maximum{}));
    // A number of another type than the elements; and a bool.
    EXPECT_EQ(transform_reduce(world(), mine, 0.5, std::plus{}, [](long x) { return static_cast<double>(x); }),
              std::accumulate(all.begin(), all.end(), 0.5));
    EXPECT_EQ(transform_reduce(world(), mine, true, std::logical_and{}, [](long x) { return x != 3; }),
              std::find(all.begin(), all.end(), 3) == all.end());
  }
}

/// Takes one value behind the other, so that the order shows: 2x2 matrices modulo 97 do not commute.
struct matrix {
  int a[2][2] = {{1, 0}, {0, 1}};
  friend bool operator==(const matrix& x, const matrix& y) {
    return std::equal(&x.a[0][0], &x.a[0][0] + 4, &y.a[0][0]);
  }
};
matrix times(const matrix& x, const matrix& y) {
  matrix z;
  for (int i = 0; i != 2; ++i) {
    for (int j = 0; j != 2; ++j) z.a[i][j] = (x.a[i][0] * y.a[0][j] + x.a[i][1] * y.a[1][j]) % 97;
  }
  return z;
}
matrix matrix_of(int x) {
  return {{{x % 97, 1}, {3, x % 13}}};
}

TEST(transform_reduce, keeps_the_order_of_ranks_and_elements) {
  for (std::uint64_t salt = 0; salt != 20; ++salt) {
    const auto all = whole<int>(salt);
    matrix expected = matrix_of(5);
    std::string text = "init:";
    for (const auto x : all) {
      expected = times(expected, matrix_of(x));
      text += std::to_string(x) + ' ';
    }
    const auto mine = part_of<int>(world().rank(), salt);
    EXPECT_EQ(
        transform_reduce(
            world(), mine, matrix_of(5), [](const matrix& x, const matrix& y) { return times(x, y); }, matrix_of),
        expected);
    EXPECT_EQ(transform_reduce(world(), mine, std::string{"init:"}, std::plus{},
                               [](int x) { return std::to_string(x) + ' '; }),
              text);
  }
}

TEST(transform_reduce, with_an_operation_that_has_a_state) {
  const auto mine = part_of<int>(world().rank(), 3);
  const auto all = whole<int>(3);
  const int modulus = 30 + world().size();
  const auto add = [modulus](int a, int b) { return (a + b) % modulus; };
  EXPECT_EQ(transform_reduce(world(), mine, 0, add), std::accumulate(all.begin(), all.end(), 0) % modulus);
}

TEST(transform_reduce, of_values_that_only_move) {
  using owned = std::unique_ptr<int>;
  const auto total = transform_reduce(
      world(), cohort::indices(world().rank() + 1), std::make_unique<int>(100),
      [](owned a, const owned& b) {
        *a += *b;
        return a;
      },
      [](int x) { return std::make_unique<int>(x); });
  int expected = 100;
  for (int r = 0; r != world().size(); ++r) expected += r * (r + 1) / 2;
  EXPECT_EQ(*total, expected);
}

TEST(transform_reduce, of_a_range_that_is_made_as_it_goes) {
  const generated numbers{10, [](int i) { return 10 * world().rank() + i; }};
  const int n = 10 * world().size();
  EXPECT_EQ(transform_reduce(world(), numbers, 0, std::plus{}), n * (n - 1) / 2);
  EXPECT_EQ(transform_reduce(world(), std::vector<int>{}, 42, std::plus{}), 42);  // of nothing
  EXPECT_EQ(transform_reduce(world(), std::vector<int>{}, std::string{"init"}, std::plus{},
                             [](int x) { return std::to_string(x); }),
            "init");
}

TEST(transform_reduce, costs_one_allreduce) {
  const std::vector<double> mine(100, 1.0);
  EXPECT_EQ(calls([&] { (void)transform_reduce(world(), mine, 0.0, std::plus{}); }), "MPI_Allreduce 1");
}

TEST(transform_reduce, throws_on_every_rank_what_one_has_thrown) {
  const auto expect_failure = [](int failing, const auto& run) {
    try {
      run();
      ADD_FAILURE() << "nothing was thrown";
    } catch (const cohort::rank_error& e) {
      EXPECT_EQ(e.failure().rank, failing);
      EXPECT_EQ(e.failure().type, "std::out_of_range");
      EXPECT_EQ(e.failure().message, "of rank " + std::to_string(failing));
      EXPECT_EQ(std::string{e.what()},
                "transform_reduce failed on rank " + std::to_string(failing) + " (" + e.failure().host +
                    ") in the reduction of its part: std::out_of_range: of rank " + std::to_string(failing));
    }
  };
  const auto fussy = [](int x) {
    if (x == 3) throw std::out_of_range("of rank " + std::to_string(world().rank()));
    return x;
  };
  for (int failing = 0; failing != world().size(); ++failing) {
    // Alone, and with all ranks behind it: the lowest is told.
    const auto alone = cohort::indices(world().rank() == failing ? 5 : 2);
    const auto together = cohort::indices(world().rank() >= failing ? 5 : 0);
    for (const auto& mine : {alone, together}) {
      expect_failure(failing, [&] { (void)transform_reduce(world(), mine, 0, std::plus{}, fussy); });
      expect_failure(failing, [&] {
        (void)transform_reduce(world(), mine, std::string{}, std::plus{},
                               [&](int x) { return std::to_string(fussy(x)); });
      });
    }
  }
}

TEST(transform_reduce, tells_of_a_reduction_of_objects_that_throws_on_rank_0) {
  if (world().size() == 1) return;  // has nothing to combine
  const auto refuse = [](const std::string&, const std::string&) -> std::string { throw std::logic_error("no"); };
  try {
    (void)transform_reduce(world(), std::vector<std::string>(world().rank() == 1 ? 1 : 0), std::string{}, refuse);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const cohort::rank_error& e) {
    EXPECT_EQ(e.failure().rank, 0);
    EXPECT_EQ(e.failure().during, "reduction of the ranks' values");
    EXPECT_EQ(e.failure().type, "std::logic_error");
  }
}

}  // namespace
