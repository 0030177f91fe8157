// The operations of windows against what plain code would leave in the memory, and against MPI's own calls, for
// memory of both kinds, in parts whose length differs from rank to rank.

#include <cohort/memory/window.hpp>

#include "cases.hpp"

#include <gtest/gtest.h>

#include <complex>
#include <cstdint>
#include <functional>
#include <numeric>

namespace {

using namespace cohort::test;
using cohort::lock_type;
using cohort::window;

constexpr std::size_t sizes[] = {0, 1, 77, 40000};

template <class T>
class elements : public testing::Test {};
using kinds = testing::Types<int, double, particle, std::complex<long double>>;
TYPED_TEST_SUITE(elements, kinds);

TYPED_TEST(elements, begin_as_zero_and_are_aligned) {
  for (const auto n : sizes) {
    const window<TypeParam> win{world(), n + me()};
    EXPECT_EQ(win.local().size(), n + me());
    EXPECT_EQ(win.size(), n + me());
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(win.local().data()) % alignof(TypeParam), 0U);
    for (int rank = 0; rank != world().size(); ++rank) {
      EXPECT_EQ(win.size(rank), n + static_cast<std::size_t>(rank));
    }
    for (const auto& each : win.local()) EXPECT_EQ(each, TypeParam{});
  }
}

TYPED_TEST(elements, put) {
  for (const auto n : sizes) {
    for_each_kind<TypeParam>(n + me(), [n](const window<TypeParam>& win) {
      // To the next rank, behind as many elements as its rank is.
      const auto mine = share<TypeParam>(world().rank(), n);
      {
        auto epoch = win.fence_epoch();
        epoch.put(mine, {.target = next(), .offset = static_cast<std::size_t>(next())});
      }
      std::vector<TypeParam> expected(me());
      const auto came = share<TypeParam>(before(), n);
      expected.insert(expected.end(), came.begin(), came.end());
      EXPECT_TRUE(std::equal(expected.begin(), expected.end(), win.local().begin(), win.local().end())) << n;
    });
  }
}

TYPED_TEST(elements, get) {
  for (const auto n : sizes) {
    for_each_kind<TypeParam>(n, [n](const window<TypeParam>& win) {
      const auto mine = share<TypeParam>(world().rank(), n);
      std::copy(mine.begin(), mine.end(), win.local().begin());
      barrier();
      for (int rank = 0; rank != world().size(); ++rank) {
        const auto theirs = share<TypeParam>(rank, n);
        std::vector<TypeParam> room(n);
        {
          auto epoch = win.lock(rank, lock_type::shared);
          epoch.get_into(room, {});
          epoch.flush();
          EXPECT_EQ(room, theirs);
          EXPECT_EQ(epoch.get(n, {.target = rank}), theirs);
          if (n != 0) {
            EXPECT_EQ(epoch.get({.offset = n - 1}), theirs.back());
          }
        }
        std::vector<TypeParam> by_request(n);
        auto epoch = win.lock_all();
        auto coming = epoch.rget_into(by_request, {.target = rank});
        coming.wait();
        EXPECT_EQ(by_request, theirs);
      }
      barrier();
    });
  }
}

TYPED_TEST(elements, what_was_put_is_found_by_mpi) {
  using type = cohort::datatype<TypeParam>;
  for (const auto n : sizes) {
    const window<TypeParam> win{world(), n};
    const auto mine = share<TypeParam>(world().rank(), n);
    {
      auto epoch = win.lock(next(), lock_type::exclusive);
      auto going = epoch.rput(mine, {});
      going.wait();
    }
    barrier();
    std::vector<TypeParam> room(n + 1);
    // The first element may lie behind some bytes for its alignment: those of the next rank's part, which it knows.
    void* start = nullptr;
    int found = 0;
    PMPI_Win_get_attr(win.native(), MPI_WIN_BASE, &start, &found);
    auto skip =
        static_cast<MPI_Aint>(reinterpret_cast<std::byte*>(win.local().data()) - static_cast<std::byte*>(start));
    if (n == 0) skip = 0;
    MPI_Aint skips_next = 0;
    PMPI_Sendrecv(&skip, 1, MPI_AINT, before(), 0, &skips_next, 1, MPI_AINT, next(), 0, world(), MPI_STATUS_IGNORE);
    const auto count = static_cast<int>(n * type::per_element);
    MPI_Win_lock(MPI_LOCK_SHARED, next(), 0, win.native());
    MPI_Get(room.data(), count, type::type(), next(), skips_next, count, type::type(), win.native());
    MPI_Win_unlock(next(), win.native());
    room.pop_back();
    EXPECT_EQ(room, mine);
    barrier();
  }
}

TYPED_TEST(elements, replace_is_a_put_and_no_op_a_get) {
  constexpr std::size_t n = 20;
  for_each_kind<TypeParam>(n, [](const window<TypeParam>& win) {
    const auto mine = share<TypeParam>(world().rank(), n);
    auto epoch = win.lock_all();
    epoch.accumulate(mine, cohort::replace{}, {.target = next()});
    epoch.flush(next());
    EXPECT_EQ(epoch.get_accumulate(mine, cohort::no_op{}, {.target = next()}), mine);
    EXPECT_EQ(epoch.get_accumulate(share<TypeParam>(0, n), cohort::replace{}, {.target = next()}), mine);
    epoch.close();
    barrier();
    EXPECT_TRUE(std::ranges::equal(win.local(), share<TypeParam>(0, n)));
    barrier();
  });
}

template <class T>
class numbers : public testing::Test {};
using number_kinds =
    testing::Types<short, int, std::uint64_t, double>;  // no sum overflows: Open MPI's AVX ones saturate
TYPED_TEST_SUITE(numbers, number_kinds);

/// op over the contributions of all ranks, beginning with `first`.
template <class T, class Op>
std::vector<T> combined(std::size_t n, T first, Op op) {
  std::vector<T> result(n, first);
  for (int rank = 0; rank != world().size(); ++rank) {
    const auto theirs = share<T>(rank, n);
    for (std::size_t i = 0; i != n; ++i) result[i] = static_cast<T>(op(theirs[i], result[i]));
  }
  return result;
}

TYPED_TEST(numbers, accumulate) {
  for (const auto n : {std::size_t{0}, std::size_t{1}, std::size_t{77}, std::size_t{5000}}) {
    for_each_kind<TypeParam>(n, [n](const window<TypeParam>& win) {
      const auto mine = share<TypeParam>(world().rank(), n);
      const auto all_ranks = [&](auto op, TypeParam first) {
        std::fill(win.local().begin(), win.local().end(), first);
        auto epoch = win.fence_epoch();
        for (int rank = 0; rank != world().size(); ++rank) epoch.accumulate(mine, op, {.target = rank});
        epoch.close();
        EXPECT_TRUE(std::ranges::equal(win.local(), combined(n, first, op))) << n;
      };
      all_ranks(std::plus{}, TypeParam{1});
      all_ranks(cohort::maximum{}, TypeParam{20});
      all_ranks(cohort::minimum{}, TypeParam{20});
      if constexpr (std::is_integral_v<TypeParam>) all_ranks(std::bit_xor{}, TypeParam{5});
    });
  }
}

TYPED_TEST(numbers, get_accumulate_hands_out_each_number_once) {
  const std::size_t n = 3;
  const TypeParam step{2};
  for_each_kind<TypeParam>(n, [&](const window<TypeParam>& win) {
    std::vector<TypeParam> taken;
    {
      auto epoch = win.lock_all();
      const std::vector<TypeParam> operand(n, step);
      for (int i = 0; i != 4; ++i) {
        const auto old = epoch.get_accumulate(operand, std::plus{}, {.target = 0});
        EXPECT_EQ(old.size(), n);
        // All elements of one update may not be one: each is atomic alone. The first is enough here.
        taken.push_back(old[0]);
        TypeParam alone{};
        epoch.fetch_and_op_into(step, alone, std::plus{}, {.target = 0});
        epoch.flush(0);
        taken.push_back(alone);
        taken.push_back(epoch.fetch_and_op(step, std::plus{}, {.target = 0}));
      }
    }
    std::vector<TypeParam> all(ranks() * taken.size());
    PMPI_Allgather(taken.data(), static_cast<int>(taken.size() * sizeof(TypeParam)), MPI_BYTE, all.data(),
                   static_cast<int>(taken.size() * sizeof(TypeParam)), MPI_BYTE, world());
    std::ranges::sort(all);
    for (std::size_t i = 0; i != all.size(); ++i)
      EXPECT_EQ(all[i], static_cast<TypeParam>(step * static_cast<TypeParam>(i)));
  });
}

template <class T>
class swapped : public testing::Test {};
using swapped_kinds = testing::Types<int, std::int16_t, color>;
TYPED_TEST_SUITE(swapped, swapped_kinds);

TYPED_TEST(swapped, compare_and_swap_lets_one_rank_win) {
  for_each_kind<TypeParam>(2, [&](const window<TypeParam>& win) {
    const TypeParam free{};
    const auto mine = static_cast<TypeParam>(world().rank() + 1);
    TypeParam found{};
    TypeParam also{};
    {
      auto epoch = win.lock_all();
      found = epoch.compare_and_swap(free, mine, {.target = 0, .offset = 1});
      epoch.compare_and_swap_into(mine, mine, also, {.target = 0, .offset = 1});
      epoch.flush();
    }
    barrier();
    auto epoch = win.lock(0, lock_type::shared);
    const auto winner = epoch.get({.offset = 1});
    EXPECT_EQ(found == free, winner == mine);
    EXPECT_EQ(found == free ? mine : found, winner);
    EXPECT_EQ(also, winner);
    epoch.close();
    barrier();
  });
}

}  // namespace
