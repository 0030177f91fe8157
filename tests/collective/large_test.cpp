// Blocks too long for MPI's int counts go as messages. The limit is lowered here, so that little data does.

#include <cohort/collective.hpp>
#include <cohort/core/wait.hpp>

#include "cases.hpp"
#include "support/pmpi_counter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <type_traits>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::buffer;
namespace detail = cohort::detail;

constexpr cohort::call_site here{__FILE__, 1};

/// In units of MPI elements: nothing fits, some does, all does.
constexpr std::size_t limits[] = {1, 100, 3000, detail::int_limit};

detail::comm_state& state() {
  return detail::access::state(world(), "test", here);
}

template <class T>
struct blocks {
  std::vector<std::size_t> counts;
  buffer<T> whole;
  explicit blocks(std::size_t n) {
    for (int r = 0; r != world().size(); ++r) counts.push_back(uneven(r, n));
    whole = share<T>(99, cohort::counts_view{counts}.total());
  }
  [[nodiscard]] buffer<T> mine() const {
    std::size_t offset = 0;
    for (int r = 0; r != world().rank(); ++r) offset += counts[static_cast<std::size_t>(r)];
    const auto* const at = whole.data() + offset;
    return buffer<T>(at, at + counts[static_cast<std::size_t>(world().rank())]);
  }
};

template <class T>
class beyond_int : public testing::Test {};
using elements = testing::Types<int, particle, std::array<short, 3>>;
TYPED_TEST_SUITE(beyond_int, elements);

TYPED_TEST(beyond_int, gather_brings_everything) {
  for_each_root([](int root) {
    for (const auto n : {0, 7, 1009}) {
      const blocks<TypeParam> all(static_cast<std::size_t>(n));
      const auto mine = all.mine();
      for (const auto limit : limits) {
        buffer<TypeParam> into(world().rank() == root ? all.whole.size() : 0);
        const auto counts = world().rank() == root ? cohort::counts_view{all.counts} : cohort::counts_view{};
        detail::gather_known(state(), mine.data(), mine.size(), into.data(), counts, root, here, limit);
        EXPECT_EQ(into, world().rank() == root ? all.whole : buffer<TypeParam>{}) << n << ' ' << limit;
      }
    }
  });
}

TYPED_TEST(beyond_int, scatter_brings_everything) {
  for_each_root([](int root) {
    for (const auto n : {0, 7, 1009}) {
      const blocks<TypeParam> all(static_cast<std::size_t>(n));
      const auto mine = all.mine();
      const bool root_here = world().rank() == root;
      const auto counts = root_here ? cohort::counts_view{all.counts} : cohort::counts_view{};
      const TypeParam* const whole = root_here ? all.whole.data() : nullptr;
      for (const auto limit : limits) {
        buffer<TypeParam> into(mine.size());
        detail::scatter_known(state(), whole, counts, into.data(), into.size(), root, here, limit);
        EXPECT_EQ(into, mine) << n << ' ' << limit;
        EXPECT_EQ(detail::scatter_unknown(state(), whole, counts, root, here, limit), mine) << n << ' ' << limit;
      }
    }
  });
}

TYPED_TEST(beyond_int, allgather_brings_everything) {
  for (const auto n : {0, 7, 1009}) {
    const blocks<TypeParam> all(static_cast<std::size_t>(n));
    const auto mine = all.mine();
    for (const auto limit : limits) {
      buffer<TypeParam> into(all.whole.size());
      detail::allgather_known(state(), mine.data(), mine.size(), into.data(), all.counts, here, limit);
      EXPECT_EQ(into, all.whole) << n << ' ' << limit;
      const auto got = detail::allgather_unknown(state(), mine.data(), mine.size(), here, limit);
      EXPECT_EQ(got.values, all.whole) << n << ' ' << limit;
      EXPECT_EQ(got.counts, all.counts) << n << ' ' << limit;
    }
  }
}

TYPED_TEST(beyond_int, what_is_started_brings_everything) {
  for (const auto n : {0, 7, 1009}) {
    const blocks<TypeParam> all(static_cast<std::size_t>(n));
    const auto mine = all.mine();
    for (const auto limit : limits) {
      buffer<TypeParam> into(all.whole.size());
      auto joining =
          detail::start_allgather_known<TypeParam>(state(), mine.data(), into.data(), all.counts, here, limit);
      joining.wait();
      EXPECT_EQ(into, all.whole) << n << ' ' << limit;
      for_each_root([&](int root) {
        const bool root_here = world().rank() == root;
        const auto counts = root_here ? cohort::counts_view{all.counts} : cohort::counts_view{};
        buffer<TypeParam> gathered(root_here ? all.whole.size() : 0);
        buffer<TypeParam> dealt(mine.size());
        auto gathering = detail::start_gather_known<TypeParam>(state(), mine.data(), mine.size(), gathered.data(),
                                                               counts, root, here, limit);
        auto dealing = detail::start_scatter_known<TypeParam>(
            state(), root_here ? all.whole.data() : nullptr, counts, dealt.data(), dealt.size(), root, here, limit);
        cohort::wait_all(dealing, gathering);
        EXPECT_EQ(gathered, root_here ? all.whole : buffer<TypeParam>{}) << n << ' ' << limit;
        EXPECT_EQ(dealt, mine) << n << ' ' << limit;
      });
    }
  }
}

TEST(beyond_int, a_placed_type_holds_2_to_the_32_and_4_elements) {
  const std::size_t n = (std::size_t{1} << 32) + 4;
  detail::placed_types types;
  const auto type = types.add(n, MPI_DOUBLE, std::size_t{5} << 32, state(), here);
  MPI_Count size = 0, lower = 0, extent = 0;
  MPI_Type_size_x(type, &size);
  EXPECT_EQ(size, static_cast<MPI_Count>(n * sizeof(double)));
  MPI_Type_get_true_extent_x(type, &lower, &extent);
  EXPECT_EQ(lower, static_cast<MPI_Count>(std::size_t{5} << 32));
  EXPECT_EQ(extent, size);
}

TEST(beyond_int, what_does_not_fit_goes_as_messages) {
  (void)state().shadow();
  const std::vector<int> mine(1000, world().rank());
  const std::vector<std::size_t> counts(ranks(), mine.size());
  std::vector<int> all(world().rank() == 0 ? 1000 * ranks() : 0);
  const auto rooted_counts = world().rank() == 0 ? cohort::counts_view{counts} : cohort::counts_view{};
  {
    const call_counter counter;
    detail::gather_known(state(), mine.data(), mine.size(), all.data(), rooted_counts, 0, here, 999 * ranks());
    EXPECT_EQ(counter.count("MPI_Send"), world().rank() == 0 ? 0 : 1);
    EXPECT_EQ(counter.count("MPI_Irecv"), world().rank() == 0 ? world().size() - 1 : 0);
  }
  {
    const call_counter counter;
    detail::gather_known(state(), mine.data(), mine.size(), all.data(), rooted_counts, 0, here, 1000 * ranks());
    EXPECT_EQ(counter.text(), "MPI_Gatherv 1");
  }
}

TYPED_TEST(beyond_int, alltoall_brings_everything) {
  for (const auto n : {0, 7, 1009}) {
    // The block from rank a to rank b has uneven(a, n) + b elements.
    const auto length = [&](int from, int to) {
      return n == 0 ? 0U : uneven(from, static_cast<std::size_t>(n)) + static_cast<std::size_t>(to);
    };
    const auto block = [&](int from, int to) { return share<TypeParam>(100 * from + to, length(from, to)); };
    std::vector<std::size_t> counts, expected_counts;
    std::vector<TypeParam> values, expected;
    std::vector<buffer<TypeParam>> rows;
    for (int r = 0; r != world().size(); ++r) {
      rows.push_back(block(world().rank(), r));
      counts.push_back(rows.back().size());
      values.insert(values.end(), rows.back().begin(), rows.back().end());
      const auto coming = block(r, world().rank());
      expected_counts.push_back(coming.size());
      expected.insert(expected.end(), coming.begin(), coming.end());
    }
    const auto row = [&](std::size_t r) { return std::span<const TypeParam>{rows[r].data(), rows[r].size()}; };
    const TypeParam* const apart = nullptr;
    for (const auto limit : limits) {
      std::vector<TypeParam> into(expected.size());
      detail::alltoall_known<TypeParam>(state(), values.data(), counts, into.data(), expected_counts, here, limit);
      EXPECT_TRUE(into == expected) << n << ' ' << limit;
      std::vector<TypeParam> started(expected.size());
      auto exchange = detail::start_exchange_known<TypeParam>(state(), values.data(), counts, started.data(),
                                                              expected_counts, here, limit);
      exchange.wait();
      EXPECT_TRUE(started == expected) << n << ' ' << limit;
      for (const auto& got : {detail::alltoall_unknown(state(), values.data(), counts, here, limit),
                              detail::alltoall_unknown(state(), row, apart, here, limit)}) {
        EXPECT_TRUE(std::ranges::equal(got.values, expected)) << n << ' ' << limit;
        EXPECT_EQ(got.counts, expected_counts) << n << ' ' << limit;
      }
    }
  }
}

static_assert(std::is_same_v<decltype(cohort::gathered<int>::counts)::value_type, std::size_t>,
              "a rank may give more than 2^31 elements");

TEST(beyond_int, counts_that_were_gathered_deal_out_again) {
  const std::vector<int> mine(10 + static_cast<std::size_t>(world().rank()), world().rank());
  const auto [values, counts] = world().allgatherv(mine);
  EXPECT_EQ(world().scatterv(values, counts), mine);
  std::vector<int> again(values.size());
  world().allgatherv_into(mine, again, counts);
  EXPECT_EQ(values, again);
}

TEST(transfers, that_fail_leave_no_receive_behind) {
  const auto lane = world().duplicate();
  const int self = world().rank();
  int abandoned = 7;
  try {
    detail::transfers messages{lane.native(), state(), here};
    messages.recv(&abandoned, 1, self);
    messages.recv(&abandoned, 1, world().size());
    ADD_FAILURE() << "a rank that does not exist was accepted";
  } catch (const cohort::mpi_error& e) {
    EXPECT_EQ(e.error_class(), MPI_ERR_RANK);
  }
  int received = 0;
  const int sent = 9;
  MPI_Sendrecv(&sent, 1, MPI_INT, self, 0, &received, 1, MPI_INT, self, 0, lane, MPI_STATUS_IGNORE);
  EXPECT_EQ(received, 9);
  EXPECT_EQ(abandoned, 7);
}

}  // namespace
