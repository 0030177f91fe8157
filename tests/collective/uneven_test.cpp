// gatherv, allgatherv and scatterv against those of MPI, with lengths that differ from rank to rank and are zero on
// some.

#include <cohort/collective/allgatherv.hpp>
#include <cohort/collective/gatherv.hpp>
#include <cohort/collective/scatterv.hpp>

#include "cases.hpp"

#include <gtest/gtest.h>

#include <complex>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::buffer;

/// The counts of all ranks, in elements, and what MPI needs.
template <class T>
struct layout {
  std::vector<std::size_t> counts;
  std::vector<int> mpi_counts, mpi_offsets;
  std::size_t total = 0;
  explicit layout(std::size_t n) {
    for (int r = 0; r != world().size(); ++r) {
      const auto count = uneven(r, n);
      counts.push_back(count);
      mpi_counts.push_back(count_of<T>(count));
      mpi_offsets.push_back(count_of<T>(total));
      total += count;
    }
  }
  [[nodiscard]] std::size_t mine() const { return uneven(world().rank(), n_of_this()); }

 private:
  [[nodiscard]] std::size_t n_of_this() const { return counts[0]; }
};

template <class T>
class uneven_collectives : public testing::Test {};
using elements = testing::Types<char, bool, double, std::complex<double>, particle, std::array<short, 3>>;
TYPED_TEST_SUITE(uneven_collectives, elements);

TYPED_TEST(uneven_collectives, gatherv_is_that_of_mpi) {
  using type = cohort::datatype<TypeParam>;
  for_each_root([](int root) {
    for (const auto n : lengths) {
      const layout<TypeParam> all(n);
      const auto mine = share<TypeParam>(world().rank(), all.mine());
      const bool here = world().rank() == root;
      buffer<TypeParam> expected(here ? all.total : 0);
      MPI_Gatherv(mine.data(), count_of<TypeParam>(mine.size()), type::type(), expected.data(),
                  all.mpi_counts.data(), all.mpi_offsets.data(), type::type(), root, world());
      const auto got = world().gatherv(mine, {.root = root});
      EXPECT_EQ(got.values, expected) << n;
      EXPECT_EQ(got.counts, here ? all.counts : std::vector<std::size_t>{}) << n;
      buffer<TypeParam> into(expected.size());
      world().gatherv_into(mine, into, all.counts, {.root = root});
      EXPECT_EQ(into, expected) << n;
    }
  });
}

TYPED_TEST(uneven_collectives, allgatherv_is_that_of_mpi) {
  using type = cohort::datatype<TypeParam>;
  for (const auto n : lengths) {
    const layout<TypeParam> all(n);
    const auto mine = share<TypeParam>(world().rank(), all.mine());
    buffer<TypeParam> expected(all.total);
    MPI_Allgatherv(mine.data(), count_of<TypeParam>(mine.size()), type::type(), expected.data(),
                   all.mpi_counts.data(), all.mpi_offsets.data(), type::type(), world());
    const auto [values, counts] = world().allgatherv(mine);
    EXPECT_EQ(values, expected) << n;
    EXPECT_EQ(counts, all.counts) << n;
    buffer<TypeParam> into(all.total);
    world().allgatherv_into(mine, into, all.counts);
    EXPECT_EQ(into, expected) << n;
  }
}

TYPED_TEST(uneven_collectives, scatterv_is_that_of_mpi) {
  using type = cohort::datatype<TypeParam>;
  for_each_root([](int root) {
    for (const auto n : lengths) {
      const layout<TypeParam> all(n);
      const bool here = world().rank() == root;
      const auto whole = here ? share<TypeParam>(99, all.total) : buffer<TypeParam>{};
      buffer<TypeParam> expected(all.mine());
      MPI_Scatterv(whole.data(), all.mpi_counts.data(), all.mpi_offsets.data(), type::type(), expected.data(),
                   count_of<TypeParam>(expected.size()), type::type(), root, world());
      const auto counts = here ? cohort::counts_view{all.counts} : cohort::counts_view{};
      EXPECT_EQ(world().scatterv(whole, counts, {.root = root}), expected) << n;
      buffer<TypeParam> into(expected.size());
      world().scatterv_into(whole, counts, into, {.root = root});
      EXPECT_EQ(into, expected) << n;
    }
  });
}

TEST(gathered, knows_what_came_from_whom) {
  const auto got = world().allgatherv(std::vector<int>(static_cast<std::size_t>(world().rank()), world().rank()));
  for (int r = 0; r != world().size(); ++r) {
    const auto part = got.from(r);
    EXPECT_EQ(std::vector<int>(part.begin(), part.end()), std::vector<int>(static_cast<std::size_t>(r), r));
  }
}

TEST(gatherv, messages_of_the_user_do_not_meet_it) {
  // Long contributions travel as messages; one that waits with any source and tag must not be taken for them.
  const auto leaving_to = (world().rank() + 1) % world().size();
  MPI_Request leaving = MPI_REQUEST_NULL;
  const int mine = world().rank();
  MPI_Isend(&mine, 1, MPI_INT, leaving_to, 0, world(), &leaving);
  MPI_Barrier(world());  // the user's messages come first
  const auto got = world().gatherv(std::vector<int>(1000, 100 + mine));
  for (int r = 0; r != static_cast<int>(got.counts.size()); ++r) {
    const auto part = got.from(r);
    EXPECT_EQ(std::vector<int>(part.begin(), part.end()), std::vector<int>(1000, 100 + r));
  }
  int heard = -1;
  MPI_Recv(&heard, 1, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG, world(), MPI_STATUS_IGNORE);
  EXPECT_EQ((heard + 1) % world().size(), mine);
  MPI_Wait(&leaving, MPI_STATUS_IGNORE);
}

TEST(gatherv, of_text_joins_it) {
  const auto got = world().allgatherv(std::string{"ab"});
  EXPECT_EQ((std::string{got.values.begin(), got.values.end()}).size(), 2 * ranks());
}

}  // namespace
