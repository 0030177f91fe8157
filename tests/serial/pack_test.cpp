// What packing costs, and how the bytes look.

#include <cohort/serial/pack.hpp>

#include "support/allocation_counter.hpp"
#include "types.hpp"

#include <gtest/gtest.h>

namespace {

using cohort::serial::pack;

TEST(pack, allocates_once) {
  const std::map<int, std::vector<std::string>> object{{1, {"a", std::string(100, 'b')}}, {2, {}}};
  const cohort::test::allocation_counter allocations;
  const auto packed = pack(object);
  EXPECT_EQ(allocations.count(), 1);
  EXPECT_GT(packed.size(), 100U);
}

TEST(pack, takes_the_bytes_and_a_length) {
  EXPECT_EQ(pack(5).size(), sizeof(int));
  EXPECT_EQ(pack(std::string{"abc"}).size(), 8U + 3U);
  EXPECT_EQ(pack(std::vector<double>(10)).size(), 8U + 80U);
  EXPECT_EQ(pack(std::vector<std::string>{"a", ""}).size(), 8U + 9U + 8U);
  EXPECT_EQ(pack(std::optional<std::string>{}).size(), 1U);
}

TEST(pack, to_memory_of_the_caller_tells_the_end) {
  const std::string text = "some text";
  cohort::buffer<std::byte> room(cohort::serial::packed_size(text) + 4, std::byte{7});
  std::byte* end = cohort::serial::pack_to(room.data(), text);
  EXPECT_EQ(end, room.data() + room.size() - 4);
  EXPECT_EQ(*end, std::byte{7});
}

}  // namespace
