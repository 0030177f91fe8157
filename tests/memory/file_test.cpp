// Files against what plain streams read and write.

#include "file_cases.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <utility>

namespace {

using namespace cohort::test;
using cohort::file;
using cohort::file_mode;
using cohort::seek_from;

constexpr std::size_t sizes[] = {0, 1, 77, 20000};

template <class T>
class files : public testing::Test {};
using kinds = testing::Types<char, double, particle>;
TYPED_TEST_SUITE(files, kinds);

TYPED_TEST(files, writes_at_offsets) {
  for (const auto n : sizes) {
    const scratch_file scratch;
    const auto mine = share<TypeParam>(world().rank(), n);
    for (int how = 0; how != 3; ++how) {
      file out{world(), scratch.path(), {.mode = new_file}};
      out.set_size(0);
      if (how == 0) out.write_at(me() * n, mine);
      if (how == 1) out.write_at_all(me() * n, mine);
      if (how == 2) out.iwrite_at(me() * n, mine).wait();
      out.close();
      EXPECT_EQ(scratch.contents<TypeParam>(), all_shares<TypeParam>(n)) << how;
    }
  }
}

TYPED_TEST(files, reads_at_offsets_and_tells_short_reads) {
  for (const auto n : sizes) {
    const scratch_file scratch;
    const auto all = all_shares<TypeParam>(n);
    scratch.fill(all);
    const file in{world(), scratch.path()};
    EXPECT_EQ(in.size(), all.size() * sizeof(TypeParam));
    // Some begin inside and end beyond the end, some begin beyond it.
    for (const std::size_t offset : {std::size_t{0}, me() * n, all.size() - n / 2, all.size(), all.size() + 5}) {
      const auto there = offset >= all.size() ? 0 : std::min(n + 3, all.size() - offset);
      const std::vector<TypeParam> expected(
          all.begin() + static_cast<std::ptrdiff_t>(std::min(offset, all.size())),
          all.begin() + static_cast<std::ptrdiff_t>(std::min(offset, all.size()) + there));
      std::vector<TypeParam> room(n + 3);
      const auto found = [&] {
        return std::vector<TypeParam>(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(there));
      };
      EXPECT_EQ(in.read_at(offset, room), there);
      EXPECT_EQ(found(), expected);
      std::ranges::fill(room, TypeParam{});
      EXPECT_EQ(in.read_at_all(offset, std::span{room}), there);
      EXPECT_EQ(found(), expected);
      EXPECT_EQ(in.template read_at<TypeParam>(offset, n + 3), expected);
      EXPECT_EQ(in.template iread_at<TypeParam>(offset, n + 3).get(), expected);
    }
  }
}

TYPED_TEST(files, pointers_of_their_own) {
  const std::size_t n = 40;
  const scratch_file scratch;
  file both{world(), scratch.path(), {.mode = new_file}};
  const auto mine = share<TypeParam>(world().rank(), n);
  both.template seek<TypeParam>(static_cast<std::ptrdiff_t>(me() * n));
  both.write(std::span{mine}.first(10));
  EXPECT_EQ(both.template position<TypeParam>(), me() * n + 10);
  both.write_all(std::span{mine}.subspan(10));
  EXPECT_EQ(both.template position<TypeParam>(), me() * n + n);
  both.sync();
  const auto all = all_shares<TypeParam>(n);
  EXPECT_EQ(scratch.contents<TypeParam>(), all);
  std::vector<TypeParam> room(n);
  both.template seek<TypeParam>(-5, seek_from::end);
  EXPECT_EQ(both.read(room), 5U);
  EXPECT_TRUE(std::equal(all.end() - 5, all.end(), room.begin()));
  EXPECT_EQ(both.template position<TypeParam>(), all.size());  // not beyond
  EXPECT_EQ(both.read_all(room), 0U);
  both.template seek<TypeParam>(-static_cast<std::ptrdiff_t>(n), seek_from::current);
  EXPECT_EQ(both.read_all(room), n);
  EXPECT_TRUE(std::equal(all.end() - static_cast<std::ptrdiff_t>(n), all.end(), room.begin()));
}

TYPED_TEST(files, a_shared_pointer) {
  const std::size_t n = 30;
  const scratch_file scratch;
  const auto mine = share<TypeParam>(world().rank(), n + me());
  file both{world(), scratch.path(), {.mode = new_file}};
  both.write_ordered(mine);
  std::vector<TypeParam> expected;
  for (std::size_t rank = 0; rank != ranks(); ++rank) {
    const auto theirs = share<TypeParam>(static_cast<int>(rank), n + rank);
    expected.insert(expected.end(), theirs.begin(), theirs.end());
  }
  EXPECT_EQ(scratch.contents<TypeParam>(), expected);
  EXPECT_EQ(both.template position_shared<TypeParam>(), expected.size());
  barrier();
  both.template seek_shared<TypeParam>(0);
  std::vector<TypeParam> room(n + me());
  EXPECT_EQ(both.read_ordered(room), room.size());
  EXPECT_EQ(room, mine);
  barrier();
  both.template seek_shared<TypeParam>(0);
  // Each takes the next ten until none are left: all elements are taken once, in runs.
  std::vector<TypeParam> ten(10);
  std::size_t taken = 0;
  for (auto k = both.read_shared(ten); k != 0; k = both.read_shared(ten)) {
    EXPECT_NE(
        std::search(expected.begin(), expected.end(), ten.begin(), ten.begin() + static_cast<std::ptrdiff_t>(k)),
        expected.end());
    taken += k;
  }
  std::size_t of_all = 0;
  PMPI_Allreduce(&taken, &of_all, 1, MPI_UNSIGNED_LONG, MPI_SUM, world());
  EXPECT_EQ(of_all, expected.size());
}

TEST(file, shared_writes_lose_nothing) {
  const scratch_file scratch;
  file out{world(), scratch.path(), {.mode = file_mode::create | file_mode::write}};
  for (int i = 0; i != 20; ++i) out.write_shared(100 * world().rank() + i);
  out.close();
  auto found = scratch.contents<int>();
  std::ranges::sort(found);
  std::vector<int> expected;
  for (int rank = 0; rank != world().size(); ++rank) {
    for (int i = 0; i != 20; ++i) expected.push_back(100 * rank + i);
  }
  EXPECT_EQ(found, expected);
}

TEST(file, sizes) {
  const scratch_file scratch;
  file both{world(), scratch.path(), {.mode = new_file}};
  both.set_size(100);
  EXPECT_EQ(both.size(), 100U);
  EXPECT_EQ(scratch.contents<char>(), std::vector<char>(100));
  both.preallocate(5000);
  EXPECT_EQ(both.size(), 5000U);
  barrier();
  both.set_size(10);
  EXPECT_EQ(both.size(), 10U);
}

TEST(file, modes) {
  const scratch_file scratch;
  scratch.fill(std::vector<int>{1, 2, 3});
  {
    file more{world(), scratch.path(), {.mode = file_mode::write | file_mode::append}};
    EXPECT_EQ(more.position<int>(), 3U);
    more.write_ordered(world().rank() + 4);
  }
  std::vector<int> expected{1, 2, 3};
  for (int rank = 0; rank != world().size(); ++rank) expected.push_back(rank + 4);
  EXPECT_EQ(scratch.contents<int>(), expected);
  { const file gone{world(), scratch.path(), {.mode = file_mode::read_write | file_mode::delete_on_close}}; }
  barrier();
  EXPECT_FALSE(std::filesystem::exists(scratch.path()));
}

TEST(file, hints_and_moving) {
  const scratch_file scratch;
  file first{world(), scratch.path(), {.mode = new_file, .hints = {{"cb_nodes", "1"}, {"no_such_hint", "x"}}}};
  EXPECT_EQ(first.path(), scratch.path());
  file second = std::move(first);
  EXPECT_FALSE(first);
  if (world().rank() == 0) second.write_at(0, 5);
  second.close();
  EXPECT_FALSE(second);
  second.close();
  EXPECT_EQ(scratch.contents<int>(), std::vector<int>{5});
}

TEST(file, each_rank_has_one_of_its_own) {
  const scratch_file scratch{"own"};
  const auto alone = world().split(world().rank());
  const auto path = scratch.path() + std::to_string(world().rank());
  {
    file own{alone, path, {.mode = new_file}};
    own.write(world().rank());
    EXPECT_EQ(own.read_at<int>(0, 9), std::vector<int>{world().rank()});
  }
  file::remove(path);
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
