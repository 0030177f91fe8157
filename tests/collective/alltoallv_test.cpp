// alltoallv against that of MPI, with lengths that differ from pair to pair and are zero for some.

#include <cohort/collective/alltoall.hpp>
#include <cohort/collective/alltoallv.hpp>

#include "cases.hpp"
#include "support/cost.hpp"
#include "support/pmpi_counter.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::buffer;

/// Elements that `from` sends `to` in a case of `n`.
std::size_t pair_count(int from, int to, std::size_t n) {
  return (from + 2 * to) % 3 == 1 ? 0 : n + static_cast<std::size_t>(from + 3 * to);
}

/// The counts of a row (what this rank sends) or column (what it gets), and what MPI needs.
template <class T>
struct layout {
  std::vector<std::size_t> counts;
  std::vector<int> mpi_counts, mpi_offsets;
  std::size_t total = 0;
  layout(std::size_t n, bool sends) {
    for (int r = 0; r != world().size(); ++r) {
      counts.push_back(sends ? pair_count(world().rank(), r, n) : pair_count(r, world().rank(), n));
      const auto count = counts.back();
      mpi_counts.push_back(count_of<T>(count));
      mpi_offsets.push_back(count_of<T>(total));
      total += count;
    }
  }
};

template <class T>
class alltoallv : public testing::Test {};
using elements = testing::Types<char, double, particle>;
TYPED_TEST_SUITE(alltoallv, elements);

TYPED_TEST(alltoallv, is_that_of_mpi) {
  using type = cohort::datatype<TypeParam>;
  for (const std::size_t n : {0U, 1U, 6U, 22U, 180U, 3000U}) {
    const layout<TypeParam> out(n, true);
    const layout<TypeParam> in(n, false);
    const auto mine = share<TypeParam>(world().rank(), out.total);
    buffer<TypeParam> expected(in.total);
    MPI_Alltoallv(mine.data(), out.mpi_counts.data(), out.mpi_offsets.data(), type::type(), expected.data(),
                  in.mpi_counts.data(), in.mpi_offsets.data(), type::type(), world());
    const auto flat = world().alltoallv(mine, out.counts);
    EXPECT_EQ(flat.values, expected) << n;
    EXPECT_EQ(flat.counts, in.counts) << n;

    std::vector<std::vector<TypeParam>> rows;
    const TypeParam* at = mine.data();
    for (const auto count : out.counts) {
      rows.emplace_back(at, at + count);
      at += count;
    }
    const auto [values, counts] = world().alltoallv(rows);
    EXPECT_EQ(values, expected) << n;
    EXPECT_EQ(counts, in.counts) << n;

    buffer<TypeParam> into(in.total);
    world().alltoallv_into(mine, out.counts, into, in.counts);
    EXPECT_EQ(into, expected) << n;
  }
}

TEST(alltoallv_rows, of_other_kinds) {
  std::vector<std::string> words(ranks());
  for (std::size_t r = 0; r != ranks(); ++r) words[r] = std::string(r, static_cast<char>('a' + world().rank()));
  const auto got = world().alltoallv(words);
  const auto self = static_cast<std::size_t>(world().rank());
  for (int r = 0; r != world().size(); ++r) {
    const auto part = got.from(r);
    EXPECT_EQ(std::string(part.begin(), part.end()), std::string(self, static_cast<char>('a' + r)));
  }
  std::vector<std::span<const char>> views(words.begin(), words.end());
  EXPECT_EQ(world().alltoallv(views).values, got.values);
}

TEST(alltoallv_rows, one_long_row_of_one_rank_is_followed_by_everybody) {
  // Only the sender and the receiver of the long row see its length; the others must join the second call.
  for (int from = 0; from != world().size(); ++from) {
    const int to = (from + 1) % world().size();
    std::vector<std::vector<int>> rows(ranks(), std::vector<int>(3, world().rank()));
    if (world().rank() == from) rows[static_cast<std::size_t>(to)].assign(5000, 7);
    const cohort::test::call_counter counter;
    const auto got = world().alltoallv(rows);
    EXPECT_EQ(counter.text(), from == to ? "MPI_Alltoall 1" : "MPI_Alltoall 1, MPI_Alltoallv 1");
    for (int r = 0; r != world().size(); ++r) {
      const bool is_long = r == from && world().rank() == to;
      const auto part = got.from(r);
      EXPECT_EQ(std::vector<int>(part.begin(), part.end()),
                is_long ? std::vector<int>(5000, 7) : std::vector<int>(3, r));
    }
  }
}

TEST(alltoallv_contract, calls_and_allocations) {
  const std::vector<std::vector<double>> ride(ranks(), std::vector<double>(23));
  const std::vector<std::vector<double>> do_not(ranks(), std::vector<double>(24));
  const std::vector<double> flat(23 * ranks());
  const std::vector<int> counts(ranks(), 23);
  std::vector<double> room(flat.size());
  const std::string both = ranks() == 1 ? "MPI_Alltoall 1" : "MPI_Alltoall 1, MPI_Alltoallv 1";
  // Riders, counts and values; for flat data the offsets too; for the second call the blocks of both
  // directions, their counts and offsets, and the rows joined.
  EXPECT_EQ(cost([&] { (void)world().alltoallv(ride); }), "MPI_Alltoall 1; allocations 3");
  EXPECT_EQ(cost([&] { (void)world().alltoallv(flat, counts); }), "MPI_Alltoall 1; allocations 4");
  EXPECT_EQ(cost([&] { (void)world().alltoallv(do_not); }), both + "; allocations " + (ranks() == 1 ? "3" : "8"));
  world().alltoallv_into(flat, counts, room, counts);  // the shadow communicator is there now
  EXPECT_EQ(cost([&] { world().alltoallv_into(flat, counts, room, counts); }), "MPI_Alltoallv 1; allocations 4");
  EXPECT_EQ(cost([&] { (void)world().alltoall(flat); }), "MPI_Alltoall 1; allocations 1");
  EXPECT_EQ(cost([&] { world().alltoall_into(flat, room); }), "MPI_Alltoall 1; allocations 0");
  EXPECT_EQ(cost([&] { world().alltoall_in_place(room); }), "MPI_Alltoall 1; allocations 0");
}

}  // namespace
