// Views against the same selection made by hand.

#include "file_cases.hpp"

#include <gtest/gtest.h>

namespace {

using namespace cohort::test;
using cohort::file;

template <class T>
class views : public testing::Test {};
using kinds = testing::Types<char, double, particle>;
TYPED_TEST_SUITE(views, kinds);

TYPED_TEST(views, from_an_offset) {
  const scratch_file scratch;
  const auto all = share<TypeParam>(0, 50);
  scratch.fill(all);
  const file in{world(), scratch.path()};
  in.set_view<TypeParam>(10 * sizeof(TypeParam));
  EXPECT_EQ(in.template read_at<TypeParam>(5, 100), (std::vector<TypeParam>(all.begin() + 15, all.end())));
  in.clear_view();
  EXPECT_EQ(in.template read_at<TypeParam>(0, 100), all);
}

TYPED_TEST(views, blocks_dealt_out_in_turn) {
  const std::size_t block = 3;
  const std::size_t rounds = 15;
  const scratch_file scratch;
  const auto mine = share<TypeParam>(world().rank(), block * rounds);
  file both{world(), scratch.path(), {.mode = new_file}};
  both.set_view<TypeParam>(
      cohort::vector_view{.block = block, .stride = block * ranks(), .offset = me() * block * sizeof(TypeParam)});
  both.write_at_all(0, mine);
  both.sync();
  std::vector<TypeParam> expected;
  for (std::size_t round = 0; round != rounds; ++round) {
    for (int rank = 0; rank != world().size(); ++rank) {
      const auto theirs = share<TypeParam>(rank, block * rounds);
      expected.insert(expected.end(), theirs.begin() + static_cast<std::ptrdiff_t>(round * block),
                      theirs.begin() + static_cast<std::ptrdiff_t>((round + 1) * block));
    }
  }
  EXPECT_EQ(scratch.contents<TypeParam>(), expected);
  // The end of the file is inside the view: what is there is read, and no more.
  std::vector<TypeParam> room(block * rounds + 20);
  EXPECT_EQ(both.read_at(0, room), mine.size());
  room.resize(mine.size());
  EXPECT_EQ(room, mine);
  const std::vector<TypeParam> tail(mine.begin() + 4, mine.end());
  EXPECT_EQ(both.template iread_at<TypeParam>(4, 1000).get(), tail);
  both.template seek<TypeParam>(4);
  std::vector<TypeParam> more(tail.size() + 7);
  EXPECT_EQ(both.read_all(more), tail.size());
  EXPECT_EQ(both.template position<TypeParam>(), mine.size());
  more.resize(tail.size());
  EXPECT_EQ(more, tail);
}

TYPED_TEST(views, a_part_of_a_matrix) {
  // Each rank has some rows' columns: rank r the columns from 2r on, of a matrix of 5 rows.
  const int rows = 5;
  const int columns = 2 * world().size();
  const std::size_t header = 16;
  const scratch_file scratch;
  const auto mine = share<TypeParam>(world().rank(), 6);
  file both{world(), scratch.path(), {.mode = new_file}};
  both.set_view<TypeParam>(cohort::subarray_view{
      .sizes = {rows, columns}, .subsizes = {3, 2}, .starts = {1, 2 * world().rank()}, .offset = header});
  both.write_at_all(0, mine);
  both.sync();
  auto bytes = scratch.contents<char>();
  // The last element that anybody wrote is the last of row 3.
  ASSERT_EQ(bytes.size(), header + static_cast<std::size_t>(4 * columns) * sizeof(TypeParam));
  std::vector<TypeParam> matrix(static_cast<std::size_t>(4 * columns));
  std::copy_n(bytes.data() + header, bytes.size() - header, reinterpret_cast<char*>(matrix.data()));
  for (int rank = 0; rank != world().size(); ++rank) {
    const auto theirs = share<TypeParam>(rank, 6);
    for (int row = 0; row != 3; ++row) {
      for (int column = 0; column != 2; ++column) {
        EXPECT_EQ(matrix[static_cast<std::size_t>((row + 1) * columns + 2 * rank + column)],
                  theirs[static_cast<std::size_t>(2 * row + column)]);
      }
    }
  }
  EXPECT_EQ(both.template read_at<TypeParam>(0, 6), mine);
}

TEST(view, misuse) {
  const scratch_file scratch;
  const file both{world(), scratch.path(), {.mode = new_file}};
  refused("blocks of 3 elements every 2",
          [&] { both.set_view<int>(cohort::vector_view{.block = 3, .stride = 2}); });
  refused("blocks of 0 elements", [&] { both.set_view<int>(cohort::vector_view{.block = 0}); });
  refused("2 sizes, 1 subsizes, 2 starts", [&] {
    both.set_view<int>(cohort::subarray_view{.sizes = {4, 4}, .subsizes = {2}, .starts = {0, 0}});
  });
  refused("3 elements from 2 in dimension 1 of size 4", [&] {
    both.set_view<int>(cohort::subarray_view{.sizes = {4, 4}, .subsizes = {2, 3}, .starts = {0, 2}});
  });
  both.set_view<double>(0);
  refused("elements of 4 bytes in a view of elements of 8", [&] { both.write_at(0, 1); });
  refused("elements of 4 bytes in a view of elements of 8", [&] { both.seek<int>(0); });
}

}  // namespace
