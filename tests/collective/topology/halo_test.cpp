// Halos against a global array that every rank computes for itself.

#include <cohort/collective/topology/cartesian.hpp>
#include <cohort/collective/topology/exchange_halo.hpp>

#include "support/allocation_counter.hpp"
#include "support/pmpi_counter.hpp"
#include "support/random.hpp"
#include "support/refused.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::cartesian;
using cohort::grid_view;

template <std::size_t N>
using index_type = std::array<std::size_t, N>;

/// Of these, faces are so large that they go as MPI types.
using large = std::array<std::uint64_t, 512>;

/// Calls `use` with every index below `extents`.
template <std::size_t N, class Use>
void for_each_index(const index_type<N>& extents, Use&& use) {
  std::size_t n = 1;
  for (const auto each : extents) n *= each;
  for (std::size_t i = 0; i != n; ++i) {
    index_type<N> index{};
    std::size_t rest = i;
    for (std::size_t d = N; d-- != 0;) {
      index[d] = rest % extents[d];
      rest /= extents[d];
    }
    use(index);
  }
}

/// Where a local index lies in the whole, and in how many dimensions it is in the halo.
template <std::size_t N>
struct place {
  index_type<N> global{};
  int in_halo = 0;
  bool outside = false;
};

/// The extents of ranks differ: at coordinate c, along any dimension, there are 3 + c elements.
std::size_t share(int coordinate) {
  return 3 + static_cast<std::size_t>(coordinate);
}
template <std::size_t N>
place<N> locate(const cartesian& grid, const index_type<N>& local, std::size_t halo) {
  place<N> result;
  for (std::size_t d = 0; d != N; ++d) {
    const auto c = grid.coords()[d];
    long long start = 0;
    long long whole = 0;
    for (int k = 0; k != grid.dims()[d]; ++k) {
      if (k < c) start += static_cast<long long>(share(k));
      whole += static_cast<long long>(share(k));
    }
    auto at = start + static_cast<long long>(local[d]) - static_cast<long long>(halo);
    if (local[d] < halo || local[d] >= halo + share(c)) ++result.in_halo;
    if (at < 0 || at >= whole) result.outside = result.outside || !grid.periodic()[d];
    at = (at % whole + whole) % whole;
    result.global[d] = static_cast<std::size_t>(at);
  }
  return result;
}
template <class T, std::size_t N>
T value_at(const index_type<N>& global) {
  std::uint64_t salt = 17;
  for (const auto each : global) salt = salt * 100 + each;
  if constexpr (std::is_same_v<T, large>) {
    T result{};
    for (std::size_t i = 0; i != result.size(); ++i) result[i] = salt * result.size() + i;
    return result;
  } else {
    return random_value<T>(salt);
  }
}

template <class T, std::size_t N>
void check(const std::vector<bool>& periodic, std::size_t halo, bool corners) {
  const cartesian grid{world(), {.dims = std::vector<int>(N), .periodic = periodic}};
  index_type<N> extents{};
  std::size_t n = 1;
  for (std::size_t d = 0; d != N; ++d) n *= extents[d] = share(grid.coords()[d]) + 2 * halo;
  const auto untouched = value_at<T>(index_type<1>{4});
  std::vector<T> memory(n, untouched);
  const grid_view<T, N> view{memory.data(), extents, halo};
  for_each_index(extents, [&](const index_type<N>& index) {
    const auto here = locate(grid, index, halo);
    if (here.in_halo == 0) view[index] = value_at<T>(here.global);
  });
  grid.exchange_halo(view, {.corners = corners});
  int wrong = 0;
  for_each_index(extents, [&](const index_type<N>& index) {
    const auto here = locate(grid, index, halo);
    const bool filled = !here.outside && (corners || here.in_halo <= 1);
    if (!(view[index] == (filled ? value_at<T>(here.global) : untouched))) ++wrong;
  });
  EXPECT_EQ(wrong, 0) << N << " dimensions, halo " << halo << (corners ? ", corners" : "");
}

template <class T>
class exchange_halo : public testing::Test {};
using elements = testing::Types<char, double, particle, large>;
TYPED_TEST_SUITE(exchange_halo, elements);

TYPED_TEST(exchange_halo, fills_what_the_global_array_says) {
  for (const std::size_t halo : {0U, 1U, 2U, 3U}) {
    for (const bool corners : {false, true}) {
      for (const bool ring : {false, true}) {
        check<TypeParam, 1>({ring}, halo, corners);
        check<TypeParam, 2>({ring, ring}, halo, corners);
        check<TypeParam, 2>({ring, !ring}, halo, corners);
        check<TypeParam, 3>({ring, ring, ring}, halo, corners);
        check<TypeParam, 3>({!ring, ring, !ring}, halo, corners);
      }
    }
  }
}

TEST(exchange_halo_contract, one_message_per_neighbour) {
  const cartesian grid{world(), {.dims = {0, 0}, .periodic = {true, false}}};
  std::vector<int> memory(64);
  const grid_view field{memory.data(), {8, 8}, 1};
  grid.exchange_halo(field);  // the shadow is there now
  long neighbors = 0;
  for (const int r : grid.sources()) neighbors += r != cohort::proc_null && r != grid.rank() ? 1 : 0;
  for (const bool corners : {false, true}) {
    const call_counter counter;
    grid.exchange_halo(field, {.corners = corners});
    EXPECT_EQ(counter.count("MPI_Isend"), neighbors);
    EXPECT_EQ(counter.count("MPI_Irecv"), neighbors);
    EXPECT_EQ(counter.count("MPI_Wait"), 2 * neighbors);
    EXPECT_EQ(counter.total(), 4 * neighbors);
  }
}

TEST(exchange_halo_contract, a_large_face_of_long_runs_is_not_packed) {
  const cartesian grid{world(), {.dims = {0, 0, 0}}};
  const std::size_t n = 34;
  std::vector<double> memory(n * n * n);
  const grid_view field{memory.data(), {n, n, n}, 1};
  const call_counter first;
  grid.exchange_halo(field);
  // The slabs across the first two dimensions have runs of 256 bytes, those across the last one of 8.
  long typed = 0;
  for (std::size_t i = 0; i != 4; ++i) typed += grid.sources()[i] != cohort::proc_null ? 1 : 0;
  EXPECT_EQ(first.count("MPI_Type_commit"), 2 * typed);
}

TEST(exchange_halo_contract, repeating_a_shape_makes_no_type_and_allocates_nothing) {
  const cartesian grid{world(), {.dims = {0, 0, 0}, .periodic = {true, false, false}}};
  const std::size_t n = 34;
  std::vector<double> memory(n * n * n);
  std::vector<double> other(n * n * n);
  const auto exchange = [&](std::vector<double>& array, bool corners) {
    grid.exchange_halo(grid_view{array.data(), {n, n, n}, 1}, {.corners = corners});
  };
  for (const bool corners : {false, true}) exchange(memory, corners);
  for (const bool corners : {false, true}) {
    const call_counter counter;
    const allocation_counter allocations;
    exchange(memory, corners);
    exchange(other, corners);
    EXPECT_EQ(allocations.count(), 0);
    EXPECT_EQ(counter.count("MPI_Isend") + counter.count("MPI_Irecv") + counter.count("MPI_Wait"), counter.total());
  }
}

TEST(exchange_halo_contract, keeps_the_last_eight_shapes) {
  const cartesian grid{world(), {.dims = {0, 0}}};
  std::vector<double> memory(20 * 1000);
  const auto types_made = [&](std::size_t rows) {
    const call_counter counter;
    grid.exchange_halo(grid_view{memory.data(), {rows, 1000}, 3});
    return counter.count("MPI_Type_commit");
  };
  long edges = 0;
  for (std::size_t i = 0; i != 2; ++i) edges += grid.sources()[i] != cohort::proc_null ? 1 : 0;
  for (std::size_t rows = 9; rows != 17; ++rows) EXPECT_EQ(types_made(rows), 2 * edges);
  for (std::size_t rows = 9; rows != 17; ++rows) EXPECT_EQ(types_made(rows), 0);
  EXPECT_EQ(types_made(17), 2 * edges);  // in the place of 9
  EXPECT_EQ(types_made(10), 0);
  EXPECT_EQ(types_made(9), 2 * edges);
}

/// One grid, many shapes, in an order that makes plans come and go; also through copies of the grid.
TEST(exchange_halo_plans, serve_the_array_at_hand) {
  const cartesian grid{world(), {.dims = {0, 0}, .periodic = {true, true}}};
  const cartesian copy = grid;  // NOLINT(performance-unnecessary-copy-initialization)
  for (std::size_t i = 0; i != 60; ++i) {
    const std::size_t n = 3 + (i * 7) % 13;
    const std::size_t m = i % 3 == 0 ? 700 : n;
    std::vector<double> memory(n * m, world().rank());
    const grid_view field{memory.data(), {n, m}, 1};
    (i % 2 == 0 ? grid : copy).exchange_halo(field);
    EXPECT_EQ(field(0, 1), grid.sources()[0]) << i;
    EXPECT_EQ(field(n - 1, m - 2), grid.sources()[1]) << i;
    EXPECT_EQ(field(1, 0), grid.sources()[2]) << i;
    EXPECT_EQ(field(n - 2, m - 1), grid.sources()[3]) << i;
    EXPECT_EQ(field(1, 1), world().rank()) << i;
  }
}

TEST(exchange_halo_error, wrong_arrays) {
  const cartesian ring{world(), {.dims = {0}, .periodic = {true}}};
  std::vector<int> memory(25);
  refused("an array of 2 dimensions on a grid of 1; make them the same", [&] {
    ring.exchange_halo(grid_view{memory.data(), {5, 5}, 1});
  });
  refused("5 elements along dimension 0 do not hold a halo of 2 on both sides and as much between", [&] {
    ring.exchange_halo(grid_view{memory.data(), {5}, 2});
  });
  refused("the communicator is empty", [&] { cartesian{}.exchange_halo(grid_view{memory.data(), {5}, 1}); });
}

/// In a row of ranks the first has a wider array than the others. The two that touch hear of it, each of its own
/// side: a face too short for rank 0, too long for rank 1; the others return. With short faces and with long ones.
TEST(exchange_halo_error, neighbours_of_another_shape_are_noticed) {
  if (world().size() == 1) GTEST_SKIP();
  const cartesian grid{world(), {.dims = {world().size(), 1}}};
  for (const std::size_t extent : {20U, 20000U}) {
    for (const bool corners : {false, true}) {
      const auto wide = extent - (world().rank() == 0 ? 0 : 1);
      std::vector<int> memory(5 * wide);
      const auto exchange = [&] {
        grid.exchange_halo(grid_view{memory.data(), {5, wide}, 1}, {.corners = corners});
      };
      const auto face = 4 * (extent - 2);
      if (world().rank() == 0) {
        refused<cohort::error>(std::to_string(face - 4) + " bytes came for a face of " + std::to_string(face),
                               exchange);
      } else if (world().rank() == 1) {
        refused<cohort::error>("more came than the " + std::to_string(face - 4) + " bytes of a face", exchange);
      } else {
        EXPECT_NO_THROW(exchange());
      }
    }
  }
}

}  // namespace
