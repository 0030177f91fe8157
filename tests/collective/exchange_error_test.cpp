// Wrong arguments of the exchanges, scans and non-blocking collectives are found before any message leaves.

#include <cohort/collective.hpp>

#include "cases.hpp"
#include "support/refused.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;

std::string needs(std::size_t has, std::size_t wants) {
  return "the range has " + std::to_string(has) + " elements where " + std::to_string(wants) + " are needed";
}

const std::plus<> plus;

TEST(exchange_error, no_whole_number_of_blocks) {
  std::vector<int> values(ranks() + 1);
  std::vector<int> room(ranks() + 1);
  const cohort::rooted here{world().rank()};
  const auto what = "a range of " + std::to_string(values.size()) + " elements is no whole number of blocks";
  if (ranks() == 1) return;
  refused(what, [&] { (void)world().alltoall(values); });
  refused(what, [&] { world().alltoall_into(values, room); });
  refused(what, [&] { world().alltoall_in_place(values); });
  refused(what, [&] { world().allgather_in_place(values); });
  refused(what, [&] { world().gather_in_place(values, here); });
  refused(what, [&] { world().scatter_in_place(values, here); });
  refused(what, [&] { (void)world().reduce_scatter(values, plus); });
  refused(what, [&] { world().reduce_scatter_in_place(values, plus); });
  refused(what, [&] { (void)world().ialltoall(values); });
  refused(what, [&] { (void)world().ireduce_scatter(values, plus); });
}

TEST(exchange_error, wrong_lengths) {
  const auto n = ranks();
  std::vector<int> values(n);
  std::vector<int> long_room(n + 1);
  const std::vector<int> ones(n, 1);
  const std::vector<int> more_counts(n + 1, 1);
  std::vector<int> two(2);
  std::vector<int> three(3);
  const std::vector<std::string> words(n + 1);
  refused(needs(n + 1, n), [&] { world().alltoall_into(values, long_room); });
  refused(needs(n + 1, n), [&] { (void)world().alltoall(words); });
  refused(needs(n + 1, n), [&] { (void)world().alltoallv(words); });
  refused(needs(n + 1, n), [&] { (void)world().alltoallv(long_room, ones); });
  refused(std::to_string(n + 1) + " counts were given where one per rank",
          [&] { (void)world().alltoallv(values, more_counts); });
  refused(needs(n + 1, n), [&] { world().alltoallv_into(values, ones, long_room, ones); });
  refused(needs(3, 2), [&] { world().scan_into(two, three, plus); });
  refused(needs(3, 2), [&] { world().exscan_into(two, three, plus); });
  refused(needs(2, 1), [&] { world().reduce_scatter_into(values, two, plus); });
  refused(needs(2, 1), [&] { world().reduce_scatter_into(values, ones, two, plus); });
  refused(needs(n + 1, n), [&] { (void)world().reduce_scatter(long_room, ones, plus); });
  refused(needs(3, 2), [&] { (void)world().iallreduce_into(two, three, plus); });
  refused(needs(3, 2), [&] { (void)world().iscan_into(two, three, plus); });
  refused(needs(3, 2), [&] { (void)world().iexscan_into(two, three, plus); });
  refused(needs(n + 1, n), [&] { (void)world().iallgather_into(values[0], long_room); });
  refused(needs(n + 1, n), [&] { (void)world().ialltoall_into(values, long_room); });
  refused(needs(2, 1), [&] { (void)world().ireduce_scatter_into(values, two, plus); });
  refused(needs(2, 1), [&] { (void)world().ireduce_scatter_into(values, ones, two, plus); });
  refused(needs(n + 1, n), [&] { (void)world().iallgatherv_into(two, long_room, ones); });
  refused(needs(n + 1, n), [&] { (void)world().ialltoallv_into(values, ones, long_room, ones); });
  std::vector<int> negative(n, 1);
  negative.back() = -1;
  refused("a count of -1; counts are 0 or more", [&] { (void)world().alltoallv(values, negative); });
}

TEST(exchange_error, wrong_root) {
  const cohort::rooted nobody{world().size()};
  const auto what = "root " + std::to_string(world().size()) + " does not exist";
  std::vector<int> values(ranks());
  const std::vector<int> ones(ranks(), 1);
  refused(what, [&] { world().reduce_in_place(values, plus, nobody); });
  refused(what, [&] { world().gather_in_place(values, nobody); });
  refused(what, [&] { world().scatter_in_place(values, nobody); });
  refused(what, [&] { (void)world().reproducible_reduce(values, plus, nobody); });
  refused(what, [&] { (void)world().ibcast(values, nobody); });
  refused(what, [&] { (void)world().iscatter_into(values, values, nobody); });
  refused(what, [&] { (void)world().iscatterv_into(values, ones, values, nobody); });
  refused(what, [&] { (void)world().igather_into(values, values, nobody); });
  refused(what, [&] { (void)world().igatherv_into(values, values, ones, nobody); });
  refused(what, [&] { (void)world().ireduce(1, plus, nobody); });
  refused(what, [&] { (void)world().ireduce_into(values, values, plus, nobody); });
}

TEST(exchange_error, empty_communicator) {
  const cohort::communicator none;
  std::vector<int> values(1), other(1);
  const std::vector<int> ones(1, 1);
  const std::vector<std::vector<int>> rows(1);
  const std::string what = "the communicator is empty";
  refused(what, [&] { none.scatter_in_place(values); });
  refused(what, [&] { none.gather_in_place(values); });
  refused(what, [&] { none.allgather_in_place(values); });
  refused(what, [&] { (void)none.alltoall(values); });
  refused(what, [&] { none.alltoall_into(values, other); });
  refused(what, [&] { none.alltoall_in_place(values); });
  refused(what, [&] { (void)none.alltoallv(rows); });
  refused(what, [&] { (void)none.alltoallv(values, ones); });
  refused(what, [&] { none.alltoallv_into(values, ones, other, ones); });
  refused(what, [&] { (void)none.grid_alltoallv(rows); });
  refused(what, [&] { (void)none.grid_alltoallv(values, ones); });
  refused(what, [&] { (void)none.sparse_alltoall(std::map<int, int>{}); });
  refused(what, [&] { none.reduce_in_place(values, plus); });
  refused(what, [&] { (void)none.scan(1, plus); });
  refused(what, [&] { none.scan_into(values, other, plus); });
  refused(what, [&] { none.scan_in_place(values, plus); });
  refused(what, [&] { (void)none.exscan(1, plus); });
  refused(what, [&] { none.exscan_into(values, other, plus); });
  refused(what, [&] { none.exscan_in_place(values, plus); });
  refused(what, [&] { (void)none.reduce_scatter(values, plus); });
  refused(what, [&] { (void)none.reduce_scatter(values, ones, plus); });
  refused(what, [&] { none.reduce_scatter_into(values, other, plus); });
  refused(what, [&] { none.reduce_scatter_into(values, ones, other, plus); });
  refused(what, [&] { none.reduce_scatter_in_place(values, plus); });
  refused(what, [&] { none.reduce_scatter_in_place(values, ones, plus); });
  refused(what, [&] { (void)none.reproducible_reduce(values, plus); });
  refused(what, [&] { (void)none.reproducible_allreduce(values, plus); });
}

TEST(exchange_error, nothing_starts_on_an_empty_communicator) {
  const cohort::communicator none;
  std::vector<int> values(1), other(1);
  const std::vector<int> ones(1, 1);
  const std::string what = "the communicator is empty";
  refused(what, [&] { (void)none.ibarrier(); });
  refused(what, [&] { (void)none.ibcast(values); });
  refused(what, [&] { (void)none.iscatter_into(values, other); });
  refused(what, [&] { (void)none.iscatterv_into(values, ones, other); });
  refused(what, [&] { (void)none.igather_into(values, other); });
  refused(what, [&] { (void)none.igatherv_into(values, other, ones); });
  refused(what, [&] { (void)none.iallgather(1); });
  refused(what, [&] { (void)none.iallgather_into(values, other); });
  refused(what, [&] { (void)none.iallgatherv_into(values, other, ones); });
  refused(what, [&] { (void)none.ialltoall(values); });
  refused(what, [&] { (void)none.ialltoall_into(values, other); });
  refused(what, [&] { (void)none.ialltoallv_into(values, ones, other, ones); });
  refused(what, [&] { (void)none.iallreduce(1, plus); });
  refused(what, [&] { (void)none.iallreduce_into(values, other, plus); });
  refused(what, [&] { (void)none.ireduce(1, plus); });
  refused(what, [&] { (void)none.ireduce_into(values, other, plus); });
  refused(what, [&] { (void)none.iscan(1, plus); });
  refused(what, [&] { (void)none.iscan_into(values, other, plus); });
  refused(what, [&] { (void)none.iexscan(1, plus); });
  refused(what, [&] { (void)none.iexscan_into(values, other, plus); });
  refused(what, [&] { (void)none.ireduce_scatter(values, plus); });
  refused(what, [&] { (void)none.ireduce_scatter_into(values, other, plus); });
  refused(what, [&] { (void)none.ireduce_scatter_into(values, ones, other, plus); });
}

/// More comes than there is room for: MPI says so where it comes, and the message tells what was called from where.
TEST(exchange_error, a_message_that_is_too_long) {
  // Two ranks: Open MPI's trees do not pass on what did not fit.
  const auto pair = world().split(world().rank() < 2 ? std::optional{0} : std::nullopt);
  if (!pair || pair.size() < 2) return;
  std::vector<int> values(pair.rank() == 0 ? 3 : 2);
  if (pair.rank() == 0) {
    pair.bcast(std::span{values});
    return;
  }
  try {
    pair.bcast(std::span{values});
    ADD_FAILURE() << "accepted";
  } catch (const cohort::mpi_error& e) {
    const std::string text = e.what();
    EXPECT_EQ(e.error_class(), MPI_ERR_TRUNCATE);
    EXPECT_NE(text.find("MPI_Bcast failed on rank 1"), std::string::npos) << text;
    EXPECT_NE(text.find("the message is longer than the room for it"), std::string::npos) << text;
    EXPECT_NE(text.find("exchange_error_test.cpp:"), std::string::npos) << text;
  }
}

TEST(exchange_error, the_communicator_is_as_good_as_before) {
  EXPECT_EQ(world().iallreduce(1, plus).get(), world().size());
}

}  // namespace
