// Neighbourhood collectives on grids and graphs against those of MPI, and against who must get what.

#include <cohort/collective/topology/cartesian.hpp>
#include <cohort/collective/topology/graph.hpp>
#include <cohort/collective/topology/neighbor_allgather.hpp>
#include <cohort/collective/topology/neighbor_alltoall.hpp>

#include "support/cost.hpp"
#include "support/pmpi_counter.hpp"
#include "support/random.hpp"
#include "support/refused.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::buffer;
using cohort::cartesian;
using cohort::graph;
using cohort::proc_null;
using cohort::topology;

std::uint64_t salt(int a, int b = 0) {
  return static_cast<std::uint64_t>(a) * 100 + static_cast<std::uint64_t>(b);
}
/// A random graph; some edges are double, and no rank needs to have any.
graph random_graph() {
  cohort::graph_neighbors mine;
  auto from = engine(9);
  for (int a = 0; a != world().size(); ++a) {
    for (int b = 0; b != world().size(); ++b) {
      for (auto n = from() % 3; n != 0; --n) {
        if (a == world().rank()) mine.destinations.push_back(b);
        if (b == world().rank()) mine.sources.push_back(a);
      }
    }
  }
  return {world(), mine};
}
/// Calls `use` with a graph, and with grids that are open, rings, and rings of two and one.
template <class Use>
void for_each_topology(Use&& use) {
  use(random_graph(), "graph");
  use(cartesian{world(), {.dims = {0, 0}}}, "open");
  use(cartesian{world(), {.dims = {0, 0}, .periodic = {true, true}}}, "rings");
  use(cartesian{world(), {.dims = {0, 0, 0}, .periodic = {true, false, true}}}, "mixed");
}
std::size_t length(int rank, std::size_t n) {
  return n == 0 || rank % 3 == 1 ? 0 : n + static_cast<std::size_t>(rank);
}
template <class T>
int count_of(std::size_t n) {
  return static_cast<int>(n * cohort::datatype<T>::per_element);
}

/// Open MPI refuses null pointers even where nothing moves.
template <class T>
T* never_null(T* data) {
  static std::remove_const_t<T> nothing{};
  return data != nullptr ? data : &nothing;
}

template <class T>
class neighbor_collectives : public testing::Test {};
using elements = testing::Types<char, double, particle>;
TYPED_TEST_SUITE(neighbor_collectives, elements);

TYPED_TEST(neighbor_collectives, allgather) {
  using type = cohort::datatype<TypeParam>;
  for_each_topology([](const topology& over, const char* kind) {
    for (const std::size_t n : {0U, 1U, 20U, 3000U}) {
      const auto mine = random_vector<TypeParam>(n, salt(world().rank()));
      buffer<TypeParam> expected(n * over.sources().size(), TypeParam{});
      MPI_Neighbor_allgather(never_null(mine.data()), count_of<TypeParam>(n), type::type(),
                             never_null(expected.data()), count_of<TypeParam>(n), type::type(), over);
      EXPECT_EQ(over.neighbor_allgather(mine), expected) << kind << n;
      buffer<TypeParam> model;
      std::vector<TypeParam> joined;
      for (const int r : over.sources()) {
        const auto part = r == proc_null ? std::vector<TypeParam>(n) : random_vector<TypeParam>(n, salt(r));
        joined.insert(joined.end(), part.begin(), part.end());
      }
      EXPECT_EQ(expected, joined) << kind << n;
    }
  });
}

TYPED_TEST(neighbor_collectives, allgatherv) {
  for_each_topology([](const topology& over, const char* kind) {
    for (const std::size_t n : {0U, 1U, 20U, 3000U}) {
      const auto mine = random_vector<TypeParam>(length(world().rank(), n), salt(world().rank()));
      // Not against MPI_Neighbor_allgatherv, which hangs in Open MPI 4.1 if a rank receives nothing.
      std::vector<std::size_t> counts;
      std::vector<TypeParam> expected;
      for (const int r : over.sources()) {
        const auto each = r == proc_null ? 0 : length(r, n);
        const auto part = random_vector<TypeParam>(each, salt(r == proc_null ? 0 : r));
        counts.push_back(each);
        expected.insert(expected.end(), part.begin(), part.end());
      }
      const auto got = over.neighbor_allgatherv(mine);
      EXPECT_EQ(got.values, expected) << kind << n;
      EXPECT_EQ(got.counts, counts) << kind << n;
      buffer<TypeParam> into(expected.size());
      over.neighbor_allgatherv_into(mine, into, counts);
      EXPECT_EQ(into, expected) << kind << n;
    }
  });
}

/// What goes from a to b over the place `slot` among b's sources.
template <class T>
T letter(int a, int b, std::size_t slot) {
  return random_value<T>(salt(a, b) * 100 + slot);
}
/// The place among its receiver's sources where what goes to the i-th destination arrives; a graph's double edges
/// keep their order.
std::size_t slot_of(const topology& over, std::size_t i, bool grid) {
  if (grid) return i ^ 1U;
  std::size_t before = 0;
  for (std::size_t k = 0; k != i; ++k) before += over.destinations()[k] == over.destinations()[i] ? 1U : 0U;
  return before;
}
std::size_t slot_here(const topology& over, std::size_t i, bool grid) {
  if (grid) return i;
  std::size_t before = 0;
  for (std::size_t k = 0; k != i; ++k) before += over.sources()[k] == over.sources()[i] ? 1U : 0U;
  return before;
}

TYPED_TEST(neighbor_collectives, alltoall) {
  using T = TypeParam;
  for_each_topology([](const topology& over, const std::string& kind) {
    const bool grid = kind != "graph";
    const int me = world().rank();
    std::vector<T> parts, expected;
    for (std::size_t i = 0; i != over.destinations().size(); ++i) {
      parts.push_back(letter<T>(me, over.destinations()[i] + 5, slot_of(over, i, grid)));
    }
    for (std::size_t i = 0; i != over.sources().size(); ++i) {
      const int source = over.sources()[i];
      expected.push_back(source == proc_null ? T{} : letter<T>(source, me + 5, slot_here(over, i, grid)));
    }
    EXPECT_EQ(over.neighbor_alltoall(parts), expected) << kind;
  });
}

TYPED_TEST(neighbor_collectives, alltoallv) {
  using T = TypeParam;
  for_each_topology([](const topology& over, const std::string& kind) {
    const bool grid = kind != "graph";
    const int me = world().rank();
    for (const std::size_t n : {0U, 1U, 2000U}) {
      std::vector<std::size_t> counts, counts_of_all;
      std::vector<T> whole, expected;
      for (std::size_t i = 0; i != over.destinations().size(); ++i) {
        const int dest = over.destinations()[i];
        const auto slot = slot_of(over, i, grid);
        const std::size_t count = dest == proc_null || n == 0 ? 0 : n * (static_cast<std::size_t>(me) % 3) + slot;
        counts.push_back(count);
        whole.insert(whole.end(), count, letter<T>(me, dest + 5, slot));
      }
      for (std::size_t i = 0; i != over.sources().size(); ++i) {
        const int source = over.sources()[i];
        const auto slot = slot_here(over, i, grid);
        const std::size_t count =
            source == proc_null || n == 0 ? 0 : n * (static_cast<std::size_t>(source) % 3) + slot;
        counts_of_all.push_back(count);
        expected.insert(expected.end(), count, letter<T>(source, me + 5, slot));
      }
      const auto [values, came] = over.neighbor_alltoallv(whole, counts);
      EXPECT_EQ(values, expected) << kind << n;
      EXPECT_EQ(came, counts_of_all) << kind << n;
      buffer<T> into(expected.size());
      over.neighbor_alltoallv_into(whole, counts, into, counts_of_all);
      EXPECT_EQ(into, expected) << kind << n;
      // As blocks that are longer than an int can say.
      buffer<T> beyond(expected.size());
      cohort::detail::exchange_with_neighbors<T>(cohort::detail::access::state(over, "test", {}), whole.data(),
                                                 counts, beyond.data(), counts_of_all, {}, 100);
      EXPECT_EQ(beyond, expected) << kind << n;
    }
  });
}

TEST(neighbor_objects, are_serialised) {
  for_each_topology([](const topology& over, const char* kind) {
    std::vector<std::string> names, letters, expected;
    for (const int r : over.sources()) names.push_back(r == proc_null ? "" : "rank " + std::to_string(r));
    EXPECT_EQ(over.neighbor_allgather("rank " + std::to_string(world().rank())), names) << kind;
    for (const int r : over.destinations()) letters.push_back(std::to_string(world().rank()) + std::to_string(r));
    for (const int r : over.sources()) {
      expected.push_back(r == proc_null ? "" : std::to_string(r) + std::to_string(world().rank()));
    }
    EXPECT_EQ(over.neighbor_alltoall(letters), expected) << kind;
  });
}

TEST(neighbor_contract, calls_and_allocations) {
  const cartesian ring{world(), {.dims = {0}, .periodic = {true}}};
  const std::vector<double> two(2), four(4);
  std::vector<double> room(4);
  const std::vector<int> counts{2, 2};
  EXPECT_EQ(cost([&] { ring.neighbor_allgather_into(two, room); }), "MPI_Neighbor_allgather 1; allocations 0");
  EXPECT_EQ(cost([&] { (void)ring.neighbor_allgather(two); }), "MPI_Neighbor_allgather 1; allocations 1");
  EXPECT_EQ(cost([&] { ring.neighbor_alltoall_into(four, room); }), "MPI_Neighbor_alltoall 1; allocations 0");
  EXPECT_EQ(cost([&] { (void)ring.neighbor_alltoall(two); }), "MPI_Neighbor_alltoall 1; allocations 1");
  EXPECT_EQ(cost([&] { ring.neighbor_alltoallv_into(four, counts, room, counts); }),
            "MPI_Neighbor_alltoallw 1; allocations 6");
  (void)ring.neighbor_allgatherv(two);  // the shadow is there now
  const call_counter counter;
  (void)ring.neighbor_allgatherv(two);
  EXPECT_EQ(counter.text(), "MPI_Isend 2, MPI_Mprobe 2, MPI_Mrecv 2, MPI_Waitall 1");
  const call_counter given;
  ring.neighbor_allgatherv_into(two, room, counts);
  EXPECT_EQ(given.text(), "MPI_Isend 2, MPI_Mprobe 2, MPI_Mrecv 2, MPI_Waitall 1");
}

TEST(neighbor_error, wrong_arguments) {
  const cartesian ring{world(), {.dims = {0}, .periodic = {true}}};
  std::vector<int> one(1), two(2), three(3);
  const std::vector<int> counts{1, 1}, negative{1, -1}, single{1};
  refused("the range has 3 elements where 2 are needed", [&] { ring.neighbor_allgather_into(one, three); });
  refused("the range has 3 elements where 2 are needed", [&] { (void)ring.neighbor_alltoall(three); });
  refused("3 elements cannot be cut into equal blocks", [&] { ring.neighbor_alltoall_into(three, two); });
  refused("the range has 1 elements where 2 are needed", [&] { (void)ring.neighbor_alltoallv(two, single); });
  refused("the range has 3 elements where 2 are needed", [&] { (void)ring.neighbor_alltoallv(three, counts); });
  refused("a count of -1; counts are 0 or more", [&] { (void)ring.neighbor_alltoallv(two, negative); });
  refused("the range has 3 elements where 2 are needed",
          [&] { ring.neighbor_allgatherv_into(one, three, counts); });
  refused("the range has 3 elements where 2 are needed",
          [&] { ring.neighbor_alltoallv_into(two, counts, three, counts); });
  refused("the communicator is empty", [&] { (void)cartesian{}.neighbor_allgather(1); });
  EXPECT_EQ(ring.neighbor_allgather(1), (std::vector<int>{1, 1}));
}

}  // namespace
