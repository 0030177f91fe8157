// Process grids against MPI's own answers.

#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/topology/cartesian.hpp>

#include "support/pmpi_counter.hpp"
#include "support/refused.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <numeric>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::cartesian;
using cohort::proc_null;

TEST(balanced_dims, are_those_of_mpi) {
  for (int n = 1; n != 40; ++n) {
    for (int ndims = 1; ndims != 4; ++ndims) {
      std::vector<int> expected(static_cast<std::size_t>(ndims));
      MPI_Dims_create(n, ndims, expected.data());
      EXPECT_EQ(cohort::balanced_dims(n, ndims), expected);
    }
  }
  refused("0 ranks in 2 dimensions make no grid; give 1 or more of both",
          [] { (void)cohort::balanced_dims(0, 2); });
  refused("3 ranks in 0 dimensions make no grid", [] { (void)cohort::balanced_dims(3, 0); });
}

TEST(cartesian_grid, places_and_neighbours_are_those_of_mpi) {
  const int size = world().size();
  for (const bool ring : {false, true}) {
    const cartesian grid{world(), {.dims = {0, 0, 0}, .periodic = {ring, false, ring}}};
    auto dims = cohort::balanced_dims(size, 3);
    const int rings[] = {ring, 0, ring};
    MPI_Comm raw = MPI_COMM_NULL;
    MPI_Cart_create(world(), 3, dims.data(), rings, 0, &raw);
    EXPECT_EQ(grid.dims(), dims);
    EXPECT_EQ(grid.periodic(), (std::vector<bool>{ring, false, ring}));
    EXPECT_EQ(grid.ndims(), 3);
    EXPECT_EQ(grid.rank(), world().rank());
    for (int r = 0; r != size; ++r) {
      std::vector<int> expected(3);
      MPI_Cart_coords(raw, r, 3, expected.data());
      EXPECT_EQ(grid.coords(r), expected);
      EXPECT_EQ(grid.rank(expected), r);
      expected[0] += ring ? 2 * dims[0] : 0;
      EXPECT_EQ(grid.rank(expected), r) << "wraps";
    }
    EXPECT_EQ(grid.coords(), grid.coords(grid.rank()));
    std::vector<int> neighbors;
    for (int d = 0; d != 3; ++d) {
      for (const int by : {1, -1, 2, 0}) {
        cohort::shifted expected{};
        MPI_Cart_shift(raw, d, by, &expected.source, &expected.dest);
        EXPECT_EQ(grid.shift(d, by), expected) << d << ' ' << by;
      }
      neighbors.insert(neighbors.end(), {grid.shift(d).source, grid.shift(d).dest});
    }
    EXPECT_EQ(std::vector<int>(grid.sources().begin(), grid.sources().end()), neighbors);
    EXPECT_EQ(std::vector<int>(grid.destinations().begin(), grid.destinations().end()), neighbors);
    MPI_Comm_free(&raw);
  }
}

TEST(cartesian_grid, is_a_communicator) {
  const cartesian grid{world(), {.dims = {0}, .periodic = {true}, .reorder = true}};
  EXPECT_EQ(grid.allreduce(1, std::plus{}), world().size());
  const cohort::communicator same = grid;
  EXPECT_TRUE(same == grid);
}

TEST(cartesian_grid, ranks_without_a_place_are_on_no_grid) {
  const cartesian grid{world(), {.dims = {1, 1}}};
  EXPECT_EQ(static_cast<bool>(grid), world().rank() == 0);
  if (grid) {
    EXPECT_EQ(grid.size(), 1);
    EXPECT_EQ(grid.shift(0), (cohort::shifted{proc_null, proc_null}));
  }
}

TEST(cartesian_grid, sub_grids_are_those_of_mpi) {
  const cartesian grid{world(), {.dims = {0, 0}, .periodic = {true, false}}};
  for (const auto& keep : {std::vector{true, false}, std::vector{false, true}, std::vector{true, true}}) {
    const auto part = grid.sub(keep);
    std::vector<int> dims, coords;
    for (std::size_t d = 0; d != 2; ++d) {
      if (!keep[d]) continue;
      dims.push_back(grid.dims()[d]);
      coords.push_back(grid.coords()[d]);
    }
    EXPECT_EQ(part.dims(), dims);
    EXPECT_EQ(part.coords(), coords);
    EXPECT_EQ(part.size(), std::accumulate(dims.begin(), dims.end(), 1, std::multiplies{}));
  }
  EXPECT_EQ(grid.sub({false, false}).size(), 1);
}

TEST(cartesian_grid, of_mpi_is_taken_over) {
  const int dims[] = {world().size()};
  const int ring[] = {1};
  MPI_Comm raw = MPI_COMM_NULL;
  MPI_Cart_create(world(), 1, dims, ring, 0, &raw);
  const cartesian grid{raw, cohort::ownership::adopt};
  EXPECT_EQ(grid.dims(), std::vector<int>{world().size()});
  try {
    (void)cartesian{world().native()};
    ADD_FAILURE() << "accepted";
  } catch (const cohort::argument_error& e) {
    EXPECT_NE(std::string{e.what()}.find("the MPI communicator has no grid"), std::string::npos) << e.what();
  }
}

TEST(cartesian_contract, one_call) {
  const call_counter counter;
  const cartesian grid{world(), {.dims = {0, 0}}};
  EXPECT_EQ(counter.text(), "MPI_Cart_create 1, MPI_Comm_set_errhandler 1");
  const call_counter local;
  (void)grid.shift(0);
  (void)grid.coords(0);
  (void)grid.rank(grid.coords());
  EXPECT_EQ(local.text(), "");
}

TEST(cartesian_error, wrong_arguments) {
  const auto size = std::to_string(world().size());
  const auto make = [](std::vector<int> dims, std::vector<bool> periodic = {}) {
    (void)cartesian{world(), {.dims = std::move(dims), .periodic = std::move(periodic)}};
  };
  refused("no dimensions (a grid needs one at least)", [&] { make({}); });
  refused("a dimension of -2 ranks; give 1 or more, or 0 to have it chosen", [&] { make({1, -2}); });
  refused("a grid of 2 x " + size + " does not fit (the communicator has " + size + " ranks); make it smaller",
          [&] {
            make({2, world().size()});
          });
  refused("2 dimensions, but periodic has 1 entries; give one for each, or none", [&] { make({0, 0}, {true}); });
  if (world().size() == 7) {
    refused("no choice for the open dimensions of 2 x 0 gives every rank a place (7 ranks are not a multiple of 2)",
            [&] {
              make({2, 0});
            });
  }
  const cartesian grid{world(), {.dims = {0, 0}, .periodic = {true, false}}};
  refused("rank -1 does not exist (the grid has " + size + ")", [&] { (void)grid.coords(-1); });
  const std::vector<int> outside{0, -1};
  refused("coordinate -1 of dimension 1 is outside", [&] { (void)grid.rank(outside); });
  refused("the range has 1 elements where 2 are needed", [&] { (void)grid.rank(std::vector{0}); });
  refused("dimension 2 does not exist (the grid has 2); use 0 to 1", [&] { (void)grid.shift(2); });
  refused("the range has 1 elements where 2 are needed", [&] { (void)grid.sub({true}); });
  refused("the communicator is empty", [&] { (void)cartesian{}.shift(0); });
}

}  // namespace
