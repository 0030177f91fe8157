#include <cohort/collective/barrier.hpp>
#include <cohort/collective/bcast.hpp>

#include "cases.hpp"

#include <gtest/gtest.h>

#include <complex>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;

template <class T>
class bcast : public testing::Test {};
using elements = testing::Types<char, bool, int, double, std::complex<double>, particle, std::array<int, 3>>;
TYPED_TEST_SUITE(bcast, elements);

TYPED_TEST(bcast, is_that_of_mpi) {
  using type = cohort::datatype<TypeParam>;
  for_each_root([](int root) {
    for (const auto n : lengths) {
      auto expected = share<TypeParam>(world().rank(), n);
      MPI_Bcast(expected.data(), count_of<TypeParam>(n), type::type(), root, world());
      EXPECT_EQ(expected, share<TypeParam>(root, n));

      auto fixed = share<TypeParam>(world().rank(), n);
      world().bcast(std::span{fixed.data(), n}, {.root = root});
      EXPECT_EQ(fixed, expected) << n;

      auto grown = world().rank() == root ? share<TypeParam>(root, n) : share<TypeParam>(world().rank(), 5);
      world().bcast(grown, {.root = root});
      EXPECT_EQ(grown, expected) << n;
    }
    auto value = random_value<TypeParam>(salt(world().rank()));
    world().bcast(value, {.root = root});
    EXPECT_EQ(value, random_value<TypeParam>(salt(root)));
  });
}

TEST(bcast_forms, returns_the_value_of_a_temporary) {
  for_each_root([](int root) {
    const bool here = world().rank() == root;
    EXPECT_EQ(world().bcast(here ? 42 : 0, {.root = root}), 42);
    EXPECT_EQ(world().bcast(here ? std::string{"text"} : std::string{}, {.root = root}), "text");
    EXPECT_EQ(world().bcast(here ? std::vector{1, 2} : std::vector<int>{}, {.root = root}), (std::vector{1, 2}));
  });
}

TEST(bcast_forms, lengths_and_roots_that_change_all_the_time) {
  const auto comm = world().duplicate();
  for (std::size_t i = 0; i != 400; ++i) {
    // Long runs of short ones, and others now and then.
    const auto n = i % 11 == 0 ? 33 + i % 200 : i % 33;
    const int root = static_cast<int>(i) % comm.size();
    auto text =
        random_container<std::vector<char>>(comm.rank() == root ? n : i % 5, i + (comm.rank() == root ? 0 : 1));
    comm.bcast(text, {.root = root});
    EXPECT_EQ(text, random_container<std::vector<char>>(n, i)) << i;
  }
}

TEST(bcast_forms, c_arrays_and_vectors) {
  int values[3] = {world().rank(), world().rank(), world().rank()};
  world().bcast(values, {.root = world().size() - 1});
  EXPECT_EQ(values[2], world().size() - 1);
  std::vector<double> v(static_cast<std::size_t>(world().rank()) + 1, world().rank());
  world().bcast(v);
  EXPECT_EQ(v, (std::vector{0.0}));
}

TEST(bcast_forms, objects_of_every_size) {
  for_each_root([](int root) {
    for (const std::size_t n : {0U, 3U, 500U}) {
      const std::map<int, std::vector<std::string>> expected{{1, random_vector<std::string>(n, 4)}, {2, {}}};
      auto table = world().rank() == root ? expected : std::map<int, std::vector<std::string>>{{9, {"old"}}};
      world().bcast(table, {.root = root});
      EXPECT_EQ(table, expected) << n;
    }
    auto pointer = world().rank() == root ? std::make_unique<int>(root) : nullptr;
    world().bcast(pointer, {.root = root});
    EXPECT_EQ(pointer ? *pointer : -1, root);
  });
}

TEST(barrier, lets_no_rank_go_before_all_have_come) {
  // Every rank tells all others that it is here; after the barrier all of that must have been sent.
  std::vector<MPI_Request> sent(ranks());
  const int here = world().rank();
  for (std::size_t r = 0; r != ranks(); ++r) {
    MPI_Isend(&here, 1, MPI_INT, static_cast<int>(r), 3, world(), &sent[r]);
  }
  world().barrier();
  for (int r = 0; r != world().size(); ++r) {
    int got = -1;
    MPI_Recv(&got, 1, MPI_INT, r, 3, world(), MPI_STATUS_IGNORE);
    EXPECT_EQ(got, r);
  }
  MPI_Waitall(static_cast<int>(sent.size()), sent.data(), MPI_STATUSES_IGNORE);
}

}  // namespace
