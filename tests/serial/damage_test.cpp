// Bytes that are cut short, too long, changed or made up: format_error or some object, never a crash, never a large
// allocation.

#include <cohort/serial/pack.hpp>

#include "support/random.hpp"
#include "types.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <new>
#include <set>
#include <tuple>
#include <unordered_map>

namespace {

using namespace cohort::test;
using cohort::serial::format_error;
using cohort::serial::pack;
using cohort::serial::unpack;

using choice = std::variant<std::monostate, int, std::string, std::vector<std::string>>;
using everything =
    std::tuple<std::vector<int>, std::vector<std::string>, std::map<int, std::string>, std::optional<std::string>,
               choice, std::unique_ptr<std::string>, types::person, types::savings, std::vector<bool>,
               std::set<std::string>, std::unordered_map<std::string, int>, types::tree, cohort::buffer<double>>;

everything sample() {
  types::tree tree{"root", {}, nullptr};
  tree.children.resize(2);
  everything all;
  std::get<0>(all) = {1, 2, 3};
  std::get<1>(all) = {"one", "two"};
  std::get<2>(all) = {{1, "x"}};
  std::get<3>(all) = "some";
  std::get<4>(all) = std::vector<std::string>{"a"};
  std::get<5>(all) = std::make_unique<std::string>("owned");
  std::get<6>(all) = {"Ada", {1.0}, 3};
  std::get<7>(all) = {"Eve", 2, 0.5};
  std::get<8>(all) = {true, false};
  std::get<9>(all) = {"s"};
  std::get<10>(all) = {{"u", 1}};
  std::get<11>(all) = std::move(tree);
  std::get<12>(all) = {1.0, 2.0};
  return all;
}

TEST(damage, bytes_cut_short_anywhere_are_refused) {
  const auto packed = pack(sample());
  for (std::size_t n = 0; n != packed.size(); ++n) {
    const std::vector<std::byte> part(
        packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(n));  // exactly n bytes, for the sanitizer
    EXPECT_THROW((void)unpack<everything>(part), format_error) << n;
  }
}

TEST(damage, bytes_left_over_are_refused) {
  const auto packed = pack(std::string{"abc"});
  std::vector<std::byte> longer(packed.begin(), packed.end());
  longer.push_back({});
  try {
    (void)unpack<std::string>(longer);
    ADD_FAILURE() << "accepted";
  } catch (const format_error& e) {
    EXPECT_EQ(
        std::string{e.what()},
        "a serialised object holds more bytes than the object takes (it was damaged or sent as another type)");
  }
}

TEST(damage, says_what_is_wrong) {
  const auto lie = pack(std::uint64_t{1} << 60);
  try {
    (void)unpack<std::vector<int>>({lie.data(), lie.size()});
    ADD_FAILURE() << "accepted";
  } catch (const format_error& e) {
    EXPECT_EQ(std::string{e.what()},
              "a serialised object claims 1152921504606846976 more items or bytes (only 0 bytes are left); was it "
              "sent as another type?");
  }
  const auto index = pack(std::uint64_t{4});
  EXPECT_THROW((void)unpack<choice>({index.data(), index.size()}), format_error);
  const std::byte truth{2};
  EXPECT_THROW((void)unpack<bool>({&truth, 1}), format_error);
  EXPECT_THROW((void)unpack<std::optional<std::string>>({&truth, 1}), format_error);
}

/// Unpacks as a T; returns whether it was accepted. Anything but an object or format_error fails the test.
template <class T>
bool survives(const std::vector<std::byte>& bytes) {
  try {
    (void)unpack<T>(bytes);
    return true;
  } catch (const format_error&) {
    return false;
  }
}

TEST(damage, lengths_that_lie_do_not_allocate) {
  // Every length from the bytes there are to the largest: with an allocation of that many it would end in
  // bad_alloc.
  for (int shift = 4; shift != 64; ++shift) {
    auto packed = pack(std::uint64_t{1} << shift);
    std::vector<std::byte> bytes(packed.begin(), packed.end());
    bytes.resize(12);
    EXPECT_FALSE(survives<std::string>(bytes));
    EXPECT_FALSE(survives<std::vector<double>>(bytes));
    EXPECT_FALSE(survives<std::vector<std::string>>(bytes));
    EXPECT_FALSE((survives<std::map<int, std::string>>(bytes)));
    EXPECT_FALSE(survives<std::vector<bool>>(bytes));
    EXPECT_FALSE(survives<cohort::buffer<particle>>(bytes));
    EXPECT_FALSE((survives<std::vector<std::array<std::string, 100>>>(bytes)));
  }
}

TEST(damage, random_bytes_make_an_object_or_are_refused) {
  auto from = engine(17);
  for (int i = 0; i != 20000; ++i) {
    std::vector<std::byte> bytes(from() % 64);
    // Mostly small numbers, so that lengths are often believable.
    for (auto& b : bytes) b = static_cast<std::byte>(from() % 4 == 0 ? from() % 8 : 0);
    survives<std::string>(bytes);
    survives<std::vector<std::string>>(bytes);
    survives<std::map<int, std::vector<int>>>(bytes);
    survives<choice>(bytes);
    survives<std::vector<choice>>(bytes);
    survives<types::person>(bytes);
    survives<types::tree>(bytes);
    survives<std::vector<bool>>(bytes);
    survives<everything>(bytes);
  }
}

TEST(damage, changed_bytes_make_an_object_or_are_refused) {
  auto from = engine(18);
  const auto packed = pack(sample());
  int accepted = 0;
  for (int i = 0; i != 20000; ++i) {
    std::vector<std::byte> bytes(packed.begin(), packed.end());
    for (auto changes = from() % 4 + 1; changes != 0; --changes) bytes[from() % bytes.size()] = std::byte(from());
    accepted += survives<everything>(bytes) ? 1 : 0;
  }
  EXPECT_GT(accepted, 0);
  EXPECT_LT(accepted, 20000);
}

TEST(damage, elements_that_take_no_bytes_are_bounded) {
  constexpr auto most = cohort::serial::input::most_hollow;
  const auto claim = [](std::uint64_t n) {
    const auto packed = pack(n);
    return std::vector<std::byte>(packed.begin(), packed.end());
  };
  EXPECT_TRUE(survives<std::vector<types::hollow>>(claim(most)));
  EXPECT_FALSE(survives<std::vector<types::hollow>>(claim(most + 1)));
  EXPECT_FALSE(survives<std::vector<types::hollow>>(claim(std::uint64_t{1} << 62)));
  // All containers of one object count together, or many short ones would be a long one.
  const std::vector<std::vector<types::hollow>> many(3, std::vector<types::hollow>(most / 2));
  const auto packed = pack(many);
  EXPECT_FALSE(survives<std::vector<std::vector<types::hollow>>>({packed.begin(), packed.end()}));
}

}  // namespace
