// Reductions of more elements than MPI counts go in pieces, or as one element of a large type. The limit is lowered
// here, so that few elements are many.

#include <cohort/collective.hpp>
#include <cohort/core/wait.hpp>

#include "cases.hpp"
#include "support/pmpi_counter.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <numeric>
#include <vector>

namespace {

using namespace cohort::test;
namespace detail = cohort::detail;

constexpr cohort::call_site here{__FILE__, 1};
constexpr std::size_t sizes[] = {0, 1, 99, 100, 101, 1009};
constexpr std::size_t limits[] = {1, 7, 100, detail::int_limit};

detail::comm_state& state() {
  return detail::access::state(world(), "test", here);
}

/// Composition of affine maps x -> a x + b: associative, and its operands must not be swapped.
struct affine {
  std::uint32_t a = 1, b = 0;
  friend bool operator==(const affine&, const affine&) = default;
};
struct compose {
  affine operator()(const affine& f, const affine& g) const { return {f.a * g.a, f.b * g.a + g.b}; }
};
std::uint32_t number(int rank, std::size_t i) {
  return static_cast<std::uint32_t>(static_cast<std::size_t>(rank + 1) * 1000 + i);
}
template <class T>
T element(int rank, std::size_t i) {
  if constexpr (std::is_same_v<T, affine>) {
    return {2 * number(rank, i) + 1, number(rank, i)};
  } else {
    return static_cast<T>(number(rank, i));
  }
}

template <class Op, class T>
struct op_on {
  using op = Op;
  using value = T;
};
template <class Case>
class many_elements : public testing::Test {
 public:
  using op = typename Case::op;
  using value = typename Case::value;
  using reduction = detail::reduction<op, value>;
  static std::vector<value> of(int rank, std::size_t n) {
    std::vector<value> result;
    for (std::size_t i = 0; i != n; ++i) result.push_back(element<value>(rank, i));
    return result;
  }
  /// The combination of the ranks below `end`.
  static std::vector<value> combined(int end, std::size_t n) {
    auto result = of(0, n);
    for (int r = 1; r < end; ++r) {
      for (std::size_t i = 0; i != n; ++i) result[i] = op{}(result[i], element<value>(r, i));
    }
    return result;
  }
};
using cases = testing::Types<op_on<std::plus<>, int>, op_on<cohort::maximum, double>, op_on<compose, affine>>;
TYPED_TEST_SUITE(many_elements, cases);

TYPED_TEST(many_elements, blocking) {
  using R = typename TestFixture::reduction;
  using values = std::vector<typename TestFixture::value>;
  const int self = world().rank();
  for (const auto n : sizes) {
    const auto mine = this->of(self, n);
    const auto all = this->combined(world().size(), n);
    for (const auto limit : limits) {
      values got(n);
      detail::reduce_everywhere<R, &MPI_Allreduce>(state(), "MPI_Allreduce", mine.data(), got.data(), n, here,
                                                   limit);
      EXPECT_TRUE(got == all) << n << ' ' << limit;
      got = mine;
      detail::reduce_everywhere<R, &MPI_Allreduce>(state(), "MPI_Allreduce", MPI_IN_PLACE, got.data(), n, here,
                                                   limit);
      EXPECT_TRUE(got == all) << n << ' ' << limit;
      detail::reduce_everywhere<R, &MPI_Scan>(state(), "MPI_Scan", mine.data(), got.data(), n, here, limit);
      EXPECT_TRUE(got == this->combined(self + 1, n)) << n << ' ' << limit;
      detail::reduce_everywhere<R, &MPI_Exscan>(state(), "MPI_Exscan", mine.data(), got.data(), n, here, limit);
      if (self != 0) {
        EXPECT_TRUE(got == this->combined(self, n)) << n << ' ' << limit;
      }
      const int root = world().size() - 1;
      got = mine;
      detail::reduce_pieces<R>(state(), self == root ? MPI_IN_PLACE : got.data(),
                               self == root ? got.data() : nullptr, n, root, here, limit);
      EXPECT_TRUE(got == (self == root ? all : mine)) << n << ' ' << limit;
    }
  }
}

TYPED_TEST(many_elements, non_blocking) {
  using R = typename TestFixture::reduction;
  using values = std::vector<typename TestFixture::value>;
  const int self = world().rank();
  for (const auto n : sizes) {
    const auto mine = this->of(self, n);
    const auto all = this->combined(world().size(), n);
    for (const auto limit : limits) {
      values sum(n), scan(n), before(n), reduced(n);
      cohort::request<> pending[] = {
          cohort::request<>{detail::start_allreduce<R>(state(), mine.data(), sum.data(), n, here, limit)},
          cohort::request<>{detail::start_scan<R>(state(), mine.data(), scan.data(), n, here, limit)},
          cohort::request<>{detail::start_exscan<R>(state(), mine.data(), before.data(), n, here, limit)},
          cohort::request<>{detail::start_reduce<R>(state(), mine.data(), reduced.data(), n, 0, here, limit)}};
      for (auto& each : pending) each.wait();
      EXPECT_TRUE(sum == all) << n << ' ' << limit;
      EXPECT_TRUE(scan == this->combined(self + 1, n)) << n << ' ' << limit;
      if (self != 0) {
        EXPECT_TRUE(before == this->combined(self, n)) << n << ' ' << limit;
      } else {
        EXPECT_TRUE(reduced == all) << n << ' ' << limit;
      }
    }
  }
}

TYPED_TEST(many_elements, scattered) {
  using R = typename TestFixture::reduction;
  using Element = typename TestFixture::value;
  const auto self = static_cast<std::size_t>(world().rank());
  for (const auto each : sizes) {
    const auto n = each * ranks();
    const auto mine = this->of(world().rank(), n);
    const auto all = this->combined(world().size(), n);
    const auto part = [&](std::size_t begin, std::size_t length) {
      const auto* const at = all.data() + begin;
      return std::vector<Element>(at, at + length);
    };
    for (const auto limit : limits) {
      std::vector<Element> got(each);
      detail::reduce_scatter_blocks<R>(state(), mine.data(), got.data(), each, here, limit);
      EXPECT_TRUE(got == part(self * each, each)) << each << ' ' << limit;
      auto whole = mine;
      detail::reduce_scatter_blocks<R>(state(), MPI_IN_PLACE, whole.data(), each, here, limit);
      whole.resize(each);
      EXPECT_TRUE(whole == got) << each << ' ' << limit;
      std::vector<Element> later(each);
      cohort::request<>{detail::start_reduce_scatter<R>(state(), mine.data(), later.data(), each, here, limit)}
          .wait();
      EXPECT_TRUE(later == got) << each << ' ' << limit;
      // All but one element for the last rank.
      std::vector<int> counts(ranks(), 0);
      counts.back() = static_cast<int>(n);
      if (n != 0 && ranks() > 1)
        counts = [&] {
          auto c = counts;
          c.front() = 1;
          c.back() -= 1;
          return c;
        }();
      const auto begin =
          static_cast<std::size_t>(std::accumulate(counts.begin(), counts.begin() + world().rank(), 0));
      std::vector<Element> uneven_part(static_cast<std::size_t>(counts[self]));
      detail::reduce_scatter_counts<R>(state(), mine.data(), uneven_part.data(), counts, here, limit);
      EXPECT_TRUE(uneven_part == part(begin, uneven_part.size())) << each << ' ' << limit;
      std::vector<Element> uneven_later(uneven_part.size());
      detail::start_reduce_scatter_counts<R>(state(), mine.data(), uneven_later.data(), counts, here, limit).wait();
      EXPECT_TRUE(uneven_later == uneven_part) << each << ' ' << limit;
      std::vector<Element> at_its_end(uneven_part.size());
      (void)detail::start_reduce_scatter_counts<R>(state(), mine.data(), at_its_end.data(), counts, here, limit);
      EXPECT_TRUE(at_its_end == uneven_part) << each << ' ' << limit;
      std::vector<Element> among_others(uneven_part.size());
      cohort::request<> both[] = {
          cohort::request<>{},
          detail::start_reduce_scatter_counts<R>(state(), mine.data(), among_others.data(), counts, here, limit)};
      cohort::wait_all(both);
      EXPECT_TRUE(among_others == uneven_part) << each << ' ' << limit;
    }
  }
}

TEST(many_elements_cost, up_to_the_limit_one_call) {
  using R = detail::reduction<std::plus<>, int>;
  const std::vector<int> mine(100, 1);
  std::vector<int> got(100);
  {
    const call_counter counter;
    detail::reduce_everywhere<R, &MPI_Allreduce>(state(), "MPI_Allreduce", mine.data(), got.data(), 100, here, 100);
    EXPECT_EQ(counter.text(), "MPI_Allreduce 1");
  }
  {
    const call_counter counter;
    detail::reduce_everywhere<R, &MPI_Allreduce>(state(), "MPI_Allreduce", mine.data(), got.data(), 100, here, 33);
    EXPECT_EQ(counter.text(), "MPI_Allreduce 4");
  }
}

/// More than 2^31 is cut where MPI's int allows it.
TEST(many_elements_cost, pieces_cover_every_element_once) {
  using R = detail::reduction<std::plus<>, char>;
  const std::size_t n = (std::size_t{1} << 32) + 4;
  std::size_t next = 0;
  detail::in_pieces<R>(MPI_IN_PLACE, nullptr, n, detail::int_limit, [&](const void* from, void* to, int count) {
    EXPECT_EQ(from, MPI_IN_PLACE);
    EXPECT_EQ(to, nullptr);
    EXPECT_GT(count, 0);
    next += static_cast<std::size_t>(count);
  });
  EXPECT_EQ(next, n);
}

}  // namespace
