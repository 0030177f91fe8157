#include <cohort/pattern/crew/letter.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string_view>

using namespace cohort::crew;

namespace {

std::string_view text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(letter, brings_its_items_in_order) {
  letter l;
  EXPECT_TRUE(l.empty());
  const std::string_view one = "one";
  l.add(word::run, {7, 2}, -5, std::as_bytes(std::span{one}));
  l.add(word::recalled);
  l.add_written(word::note, {1, 0}, 2, [](std::byte* to) { to[0] = to[1] = std::byte{'x'}; });
  l.add(word::report, {9, 1}, 3, {}, report::kind::failed);

  const auto bytes = l.take();
  EXPECT_TRUE(l.empty());
  letter_reader reader{bytes};
  auto item = reader.next();
  ASSERT_TRUE(item);
  EXPECT_EQ(item->head.kind, word::run);
  EXPECT_EQ(item->of().task, 7U);
  EXPECT_EQ(item->of().attempt, 2U);
  EXPECT_EQ(item->head.number, -5);
  EXPECT_EQ(text(item->payload), "one");
  item = reader.next();
  ASSERT_TRUE(item);
  EXPECT_EQ(item->head.kind, word::recalled);
  EXPECT_TRUE(item->payload.empty());
  item = reader.next();
  ASSERT_TRUE(item);
  EXPECT_EQ(text(item->payload), "xx");
  item = reader.next();
  ASSERT_TRUE(item);
  EXPECT_EQ(item->head.what, report::kind::failed);
  EXPECT_FALSE(reader.next());
}

TEST(letter, is_as_before_if_writing_an_item_fails) {
  letter l;
  const auto fails = [](std::byte* to) {
    to[0] = std::byte{'x'};
    throw std::runtime_error("half-way");
  };
  EXPECT_THROW(l.add_written(word::run, {1, 0}, 2, fails), std::runtime_error);
  EXPECT_TRUE(l.empty());
  l.add(word::run, {7, 2});
  const auto size = l.size();
  EXPECT_THROW(l.add_written(word::run, {1, 0}, 2, fails), std::runtime_error);
  EXPECT_EQ(l.size(), size);
}

TEST(letter, reads_nothing_from_nothing) {
  letter_reader reader{{}};
  EXPECT_FALSE(reader.next());
}

}  // namespace
