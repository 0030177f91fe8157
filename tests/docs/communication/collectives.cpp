// The examples of docs/communication.md that all ranks make together.
#include <cohort/cohort.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

namespace {

using cohort::test::world;

TEST(docs_collective, bcast) {
  const bool root = world().rank() == 0;
  // example: bcast
  auto steps = world().bcast(root ? 100 : 0);
  std::vector<std::string> names;
  if (root) names = {"one", "two"};
  world().bcast(names);  // of any length, known to the root alone
  // end
  EXPECT_EQ(steps, 100);
  EXPECT_EQ(names.size(), 2U);
}

TEST(docs_collective, scatter_and_gather) {
  const bool root = world().rank() == 0;
  // example: scatter
  std::vector<double> whole(root ? 1000 : 0, 2.0);
  auto part = world().scatter(whole);  // equal blocks; the first ranks get one more if it does not divide
  for (auto& x : part) x *= x;
  auto [values, counts] = world().gatherv(part);  // on the root; world().allgatherv(part): everywhere
  // end
  EXPECT_EQ(values.size(), root ? 1000U : 0U);
  EXPECT_EQ(counts.size(), root ? static_cast<std::size_t>(world().size()) : 0U);
  // example: allgather
  auto ranks = world().allgather(world().rank());                  // a number of each: cohort::buffer<int>
  auto names = world().allgather(std::to_string(world().rank()));  // a string of each: std::vector<std::string>
  // end
  EXPECT_EQ(ranks.size(), names.size());
}

TEST(docs_collective, all_to_all) {
  // example: alltoallv
  std::vector<std::vector<int>> rows(static_cast<std::size_t>(world().size()));
  for (int r = 0; r != world().size(); ++r)
    rows[static_cast<std::size_t>(r)].assign(static_cast<std::size_t>(r), 1);
  auto [values, counts] = world().alltoallv(rows);  // row r went to rank r
  // end
  EXPECT_EQ(values.size(), static_cast<std::size_t>(world().rank() * world().size()));
  // example: sparse_alltoall
  std::map<int, std::vector<double>> messages;
  messages[(world().rank() + 1) % world().size()] = {1.0, 2.0};
  auto came = world().sparse_alltoall(messages);  // nobody knew who would send
  // end
  EXPECT_EQ(came.size(), 1U);
}

TEST(docs_collective, reductions) {
  const std::vector<double> local(10, 1.0);
  // example: reduce
  auto total = world().allreduce(local.size(), std::plus{});         // a number
  auto sums = world().allreduce(local, std::plus{});                 // element by element
  auto highest = world().reduce(world().rank(), cohort::maximum{});  // std::optional, empty but on the root
  auto widest = world().allreduce(3, [](int a, int b) { return a < b ? b : a; });  // any stateless callable
  // end
  EXPECT_EQ(total, 10U * static_cast<std::size_t>(world().size()));
  EXPECT_EQ(sums[0], world().size());
  EXPECT_EQ(highest.has_value(), world().rank() == 0);
  EXPECT_EQ(widest, 3);
  const char letter = static_cast<char>('a' + world().rank());
  // example: reduce_objects
  auto word = world().allreduce(std::string(1, letter), std::plus{});  // "abc" on three ranks
  std::map<std::string, int> counts{{"owls", 1}};
  auto merge = [](std::map<std::string, int> a, const std::map<std::string, int>& b) {
    for (const auto& [key, n] : b) a[key] += n;
    return a;
  };
  auto all_counts = world().reduce(counts, merge);  // std::optional, empty but on the root
  // end
  EXPECT_EQ(word, std::string("abcdefg").substr(0, static_cast<std::size_t>(world().size())));
  EXPECT_EQ(all_counts.value_or(counts)["owls"], world().rank() == 0 ? world().size() : 1);
  // example: scan
  auto before_me = world().exscan(10, std::plus{}).value_or(0);  // my offset in what all ranks hold
  auto up_to_me = world().scan(10, std::plus{});
  // end
  EXPECT_EQ(before_me + 10, up_to_me);
  // example: reproducible
  auto exact = world().reproducible_allreduce(local, std::plus{});  // the same bits on 2 ranks and on 2000
  // end
  EXPECT_EQ(exact, 10.0 * world().size());
}

TEST(docs_collective, without_blocking) {
  // example: iallreduce
  auto sum = world().iallreduce(1, std::plus{});
  auto here = world().ibarrier();
  // ... work that needs neither ...
  EXPECT_EQ(sum.get(), world().size());
  here.wait();
  // end
}

TEST(docs_collective, topologies) {
  // example: cartesian
  cohort::cartesian grid{world(), {.dims = {0, 0}, .periodic = {true, true}}};  // 0: as balanced as can be
  std::vector<double> memory(6 * 6, world().rank());
  cohort::grid_view field{memory.data(), {6, 6}, 1};  // 4 x 4 of our own and a halo of one
  grid.exchange_halo(field);                          // all faces in one call
  auto [source, dest] = grid.shift(0);
  EXPECT_EQ(field(0, 3), source);  // the row above came from the rank above
  // end
  EXPECT_EQ(field(5, 3), dest);
  // example: graph
  const int n = world().size();
  const int next = (world().rank() + 1) % n;
  const int previous = (world().rank() + n - 1) % n;
  cohort::graph ring{world(), {.sources = {previous}, .destinations = {next}}};
  auto from_previous = ring.neighbor_allgather(world().rank());
  // end
  EXPECT_EQ(from_previous[0], previous);
}

TEST(docs_collective, groups) {
  // example: group
  auto node = world().split_shared();             // the ranks that share this one's memory
  auto half = world().split(world().rank() % 2);  // one communicator for the even, one for the odd
  auto first = cohort::comm_create(world(), cohort::group{world()}.include(std::vector{0}));
  // end
  EXPECT_GE(node.size(), 1);
  EXPECT_EQ(half.rank(), world().rank() / 2);
  EXPECT_EQ(static_cast<bool>(first), world().rank() == 0);
}

TEST(docs_collective, split_without_a_color) {
  const int rank = world().rank();
  const int size = world().size();
  // example: split
  const bool works = rank != 0;
  auto workers = world().split(works ? std::optional{0} : std::nullopt, -rank);  // the highest rank is the first
  EXPECT_EQ(static_cast<bool>(workers), works);
  if (workers) {
    EXPECT_EQ(workers.rank(), size - 1 - rank);
  }
  // end
}

}  // namespace
