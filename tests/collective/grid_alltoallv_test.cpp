// grid_alltoallv against MPI_Alltoallv, and the shape of its grid.

#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/grid_alltoallv.hpp>

#include "cases.hpp"
#include "support/pmpi_counter.hpp"
#include "support/refused.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::buffer;
using cohort::detail::rank_grid;

std::size_t length(int from, int to, std::size_t n) {
  return engine(salt(from * 1000 + to, n))() % 3 == 0 ? 0 : n + static_cast<std::size_t>(from + 2 * to);
}

template <class T>
class grid_alltoallv : public testing::Test {};
using elements = testing::Types<char, double, particle>;
TYPED_TEST_SUITE(grid_alltoallv, elements);

TYPED_TEST(grid_alltoallv, is_that_of_mpi) {
  using type = cohort::datatype<TypeParam>;
  const int me = world().rank();
  for (const auto n : {0, 1, 7, 1009, 20000}) {
    std::vector<std::size_t> receive;
    std::vector<int> send, send_offsets, receive_offsets, mpi_send, mpi_receive;
    std::vector<std::vector<TypeParam>> parts;
    std::size_t out = 0;
    std::size_t in = 0;
    for (int r = 0; r != world().size(); ++r) {
      const auto leaving = n == 0 ? 0 : length(me, r, static_cast<std::size_t>(n));
      const auto coming = n == 0 ? 0 : length(r, me, static_cast<std::size_t>(n));
      send.push_back(static_cast<int>(leaving));
      receive.push_back(coming);
      mpi_send.push_back(count_of<TypeParam>(leaving));
      mpi_receive.push_back(count_of<TypeParam>(coming));
      send_offsets.push_back(count_of<TypeParam>(out));
      receive_offsets.push_back(count_of<TypeParam>(in));
      out += leaving;
      in += coming;
    }
    const auto whole = share<TypeParam>(me, out);
    const TypeParam* at = whole.data();
    for (const int count : send) {
      parts.emplace_back(at, at + count);
      at += count;
    }
    buffer<TypeParam> expected(in);
    MPI_Alltoallv(whole.data(), mpi_send.data(), send_offsets.data(), type::type(), expected.data(),
                  mpi_receive.data(), receive_offsets.data(), type::type(), world());
    const auto [values, counts] = world().grid_alltoallv(whole, send);
    EXPECT_EQ(values, expected) << n;
    EXPECT_EQ(counts, receive) << n;
    EXPECT_EQ(world().grid_alltoallv(parts).values, expected) << n;
  }
}

TEST(rank_grid, everybody_reaches_everybody_over_few_partners) {
  for (int size = 1; size != 200; ++size) {
    const rank_grid grid{size};
    std::vector<int> seen(static_cast<std::size_t>(size));
    std::size_t longest = 0;
    for (int row = 0; row != grid.full_rows(); ++row) {
      const auto members = grid.row_members(row);
      longest = std::max(longest, members.size());
      EXPECT_TRUE(std::is_sorted(members.begin(), members.end()));
      for (const int rank : members) {
        ++seen[static_cast<std::size_t>(rank)];
        EXPECT_EQ(grid.row(rank), row) << rank << " of " << size;
      }
    }
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), size) << "each in one row, of " << size;
    std::set<int> reached;
    for (int column = 0; column != grid.columns(); ++column) {
      const auto members = grid.column_members(column);
      longest = std::max(longest, members.size());
      reached.insert(members.begin(), members.end());
      for (int row = 0; row != grid.full_rows(); ++row) {
        EXPECT_LT(grid.at(row, column), size);
        EXPECT_TRUE(grid.passes_on(grid.at(row, column)));
        EXPECT_EQ(grid.column(grid.at(row, column)), column);
      }
    }
    EXPECT_EQ(reached.size(), static_cast<std::size_t>(size));
    EXPECT_LE(longest, static_cast<std::size_t>(std::ceil(std::sqrt(size))) + 2) << size;
  }
}

TEST(grid_alltoallv_contract, messages_to_its_row_and_column_alone) {
  const std::vector<int> one(ranks(), 1);
  (void)world().grid_alltoallv(one, one);  // the shadow is there now
  const rank_grid grid{world().size()};
  const bool passes_on = grid.passes_on(world().rank());
  const auto in_column = static_cast<long>(grid.column_members(grid.column(world().rank())).size());
  const call_counter counter;
  (void)world().grid_alltoallv(one, one);
  EXPECT_EQ(counter.count("MPI_Isend"), grid.columns() + (passes_on ? in_column - 2 : 0));
  const auto in_row = static_cast<long>(grid.row_members(grid.row(world().rank())).size());
  EXPECT_EQ(counter.count("MPI_Mrecv"), (passes_on ? in_row - 1 : 0) + grid.full_rows() - (passes_on ? 1 : 0));
  EXPECT_EQ(counter.total(),
            counter.count("MPI_Isend") + 2 * counter.count("MPI_Mrecv") + counter.count("MPI_Waitall"));
}

TEST(grid_alltoallv_error, wrong_counts) {
  const std::vector<int> whole(ranks());
  const auto size = std::to_string(ranks());
  const std::vector<int> too_many(ranks() + 1, 1);
  const auto what = "the range has " + std::to_string(ranks() + 1) + " elements where " + size + " are needed";
  refused(std::to_string(ranks() + 1) + " counts were given where one per rank (" + size + ") is needed",
          [&] { (void)world().grid_alltoallv(whole, too_many); });
  refused(what, [&] { (void)world().grid_alltoallv(std::vector<std::vector<int>>(ranks() + 1)); });
  const std::vector<int> two(ranks(), 2);
  refused("the range has " + size + " elements where " + std::to_string(2 * ranks()) + " are needed",
          [&] { (void)world().grid_alltoallv(whole, two); });
  std::vector<int> negative(ranks(), 1);
  negative.front() = -1;
  refused("a count of -1; counts are 0 or more", [&] { (void)world().grid_alltoallv(whole, negative); });
  refused("the communicator is empty", [&] { (void)cohort::communicator{}.grid_alltoallv(whole, two); });
  EXPECT_EQ(world().allreduce(1, std::plus{}), world().size());
}

}  // namespace
