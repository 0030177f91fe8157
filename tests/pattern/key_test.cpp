#include <cohort/pattern/detail/key_table.hpp>
#include <cohort/pattern/key_hash.hpp>

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace {

struct named {
  std::string name;
  int ignored = 0;
  friend bool operator==(const named& a, const named& b) { return a.name == b.name; }
};

}  // namespace

template <>
struct std::hash<named> {
  std::size_t operator()(const named& x) const noexcept { return x.name.size(); }
};

namespace {

using cohort::key_hash;

template <class Key>
std::uint64_t hash_of(const Key& key) {
  return key_hash<Key>{}(key);
}

TEST(key_hash, of_a_whole_number_is_that_of_murmur_hash_3) {
  EXPECT_EQ(hash_of(0), 0U);
  EXPECT_EQ(hash_of(1), 0xb456bcfc34c2cb2cU);
  EXPECT_EQ(hash_of(2UL), 0x3abf2a20650683e7U);
}

TEST(key_hash, is_equal_for_equal_keys) {
  EXPECT_EQ(hash_of(0.0), hash_of(-0.0));
  EXPECT_EQ(hash_of(std::pair{0.0, 1}), hash_of(std::pair{-0.0, 1}));
  EXPECT_EQ((named{"a", 1}), (named{"a", 2}));
  EXPECT_EQ(hash_of(named{"a", 1}), hash_of(named{"a", 2}));  // its own hash counts, not its bytes
  std::vector<std::string> long_capacity{"a", "b"};
  long_capacity.reserve(100);
  EXPECT_EQ(hash_of(long_capacity), hash_of(std::vector<std::string>{"a", "b"}));
  std::string text = "text";
  text.reserve(1000);
  EXPECT_EQ(hash_of(text), hash_of(std::string{"text"}));
}

TEST(key_hash, differs_where_parts_change_places) {
  EXPECT_NE(hash_of(std::pair{1, 2}), hash_of(std::pair{2, 1}));
  EXPECT_NE(hash_of(std::tuple{0, 0, 1}), hash_of(std::tuple{1, 0, 0}));
  EXPECT_NE(hash_of(std::vector<std::string>{"a", "b"}), hash_of(std::vector<std::string>{"b", "a"}));
  EXPECT_NE(hash_of(std::vector<std::string>{"ab", ""}), hash_of(std::vector<std::string>{"a", "b"}));
  EXPECT_NE(hash_of(std::vector<int>{0}), hash_of(std::vector<int>{0, 0}));
  EXPECT_NE(hash_of(std::map<int, int>{{1, 2}}), hash_of(std::map<int, int>{{2, 1}}));
  EXPECT_NE(hash_of(std::optional<int>{}), hash_of(std::optional<int>{1}));
  EXPECT_NE(hash_of(std::array<short, 2>{1, 2}), hash_of(std::array<short, 2>{2, 1}));
}

/// Whether n keys fall evenly into 16 parts by their upper bits, and by their lower ones: chi-squared within 6
/// standard deviations of what chance gives.
template <class Make>
void expect_even(const char* what, const Make& make) {
  constexpr int n = 16000;
  std::array<int, 16> upper{};
  std::array<int, 16> lower{};
  for (int i = 0; i != n; ++i) {
    const auto hash = hash_of(make(i));
    ++upper[hash >> 60];
    ++lower[hash & 15];
  }
  for (const auto& parts : {upper, lower}) {
    double chi = 0;
    for (const int part : parts) chi += (part - n / 16.0) * (part - n / 16.0) / (n / 16.0);
    EXPECT_LT(chi, 15 + 6 * std::sqrt(30.0)) << what;
  }
}

TEST(key_hash, spreads_regular_keys_evenly) {
  expect_even("consecutive", [](int i) { return i; });
  expect_even("multiples", [](int i) { return 1024L * i; });
  expect_even("shifted", [](int i) { return static_cast<std::uint64_t>(i) << 48; });
  expect_even("halves", [](int i) { return i / 2.0; });
  expect_even("words", [](int i) { return "word" + std::to_string(i); });
  expect_even("pairs", [](int i) { return std::pair{i % 100, i / 100}; });
  expect_even("grid", [](int i) { return std::array<int, 3>{i % 20, i / 20 % 20, i / 400}; });
  expect_even("tuples", [](int i) {
    return std::tuple{i % 100, std::string(static_cast<std::size_t>(i / 100), 'x')};
  });
}

/// Keys that collide as often as the hash says.
void compare_with_map(std::uint64_t different_hashes) {
  std::mt19937_64 random{different_hashes};
  cohort::detail::key_table<std::string, int> table;
  for (int round = 0; round != 3; ++round) {
    std::unordered_map<std::string, int> expected;
    std::vector<std::string> order;
    for (int i = 0; i != 2000; ++i) {
      const auto key = std::to_string(random() % 700);
      const auto hash = hash_of(key) % different_hashes;
      auto* found = table.find(key, hash);
      ASSERT_EQ(found != nullptr, expected.contains(key));
      if (found != nullptr) {
        ASSERT_EQ(*found, expected[key]);
        *found += i;
      } else {
        table.insert(std::string{key}, int{i}, hash);
        order.push_back(key);
      }
      expected[key] += i;
      ASSERT_EQ(table.size(), expected.size());
    }
    for (std::size_t i = 0; i != order.size(); ++i) {
      EXPECT_EQ(table.entries()[i].first, order[i]);
      EXPECT_EQ(table.entries()[i].second, expected[order[i]]);
    }
    if (round == 1) {
      EXPECT_EQ(table.release().size(), expected.size());
    } else {
      table.clear();
    }
    EXPECT_TRUE(table.empty());
    EXPECT_EQ(table.find("1", hash_of(std::string{"1"}) % different_hashes), nullptr);
  }
}

TEST(key_table, is_a_map_in_the_order_of_insertion) {
  for (const std::uint64_t different : {1ULL, 2ULL, 10ULL, 1000ULL, ~0ULL}) compare_with_map(different);
}

}  // namespace
