#include <cohort/serial/pack.hpp>

#include "support/random.hpp"
#include "types.hpp"

#include <boost/serialization/array_wrapper.hpp>
#include <boost/serialization/binary_object.hpp>
#include <gtest/gtest.h>

#include <array>
#include <complex>
#include <deque>
#include <list>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

namespace {

using namespace cohort::test;
using cohort::serial::pack;
using cohort::serial::unpack;

// Boost's wrappers point to what they wrap; their bytes mean nothing elsewhere.
static_assert(!cohort::plain<boost::serialization::nvp<int>>);
static_assert(!cohort::plain<boost::serialization::array_wrapper<int>>);
static_assert(!cohort::plain<boost::serialization::binary_object>);

std::span<const std::byte> bytes(const cohort::buffer<std::byte>& packed) {
  return {packed.data(), packed.size()};
}

template <class T>
void survives(const T& object) {
  const auto packed = pack(object);
  EXPECT_EQ(packed.size(), cohort::serial::packed_size(object));
  EXPECT_TRUE(unpack<T>(bytes(packed)) == object);
}

TEST(round_trip, plain_types) {
  survives(7);
  survives(true);
  survives(2.5L);
  survives(std::complex<double>{1, 2});
  survives(random_value<particle>(1));
  survives(color::blue);
  survives(std::pair{1, 'x'});
  survives(std::array{1, 2, 3});
}

TEST(round_trip, sequences) {
  for (const std::size_t n : {0U, 1U, 100U}) {
    const auto numbers = random_vector<int>(n, 1);
    const auto words = random_vector<std::string>(n, 2);
    survives(numbers);
    survives(words);
    survives(random_vector<particle>(n, 3));
    survives(random_container<cohort::buffer<double>>(n, 4));
    survives(std::deque<int>(numbers.begin(), numbers.end()));
    survives(std::deque<std::string>(words.begin(), words.end()));
    survives(std::list<int>(numbers.begin(), numbers.end()));
    survives(std::list<std::string>(words.begin(), words.end()));
    survives(std::vector<std::vector<std::string>>(3, words));
    std::vector<bool> bits(n);
    for (std::size_t i = 0; i != n; ++i) bits[i] = numbers[i] % 2 == 0;
    survives(bits);
    survives(std::vector<std::vector<bool>>(2, bits));
  }
  survives(std::string{"text with \0 inside", 18});
  survives(std::wstring{L"wide"});
}

TEST(round_trip, associative_containers) {
  for (const std::size_t n : {0U, 1U, 100U}) {
    const auto keys = random_vector<int>(n, 1);
    const auto words = random_vector<std::string>(n, 2);
    std::map<int, std::string> map;
    std::multimap<std::string, int> multimap;
    std::unordered_map<std::string, std::vector<int>> unordered;
    for (std::size_t i = 0; i != n; ++i) {
      map[keys[i]] = words[i];
      multimap.emplace(words[i], keys[i]);
      unordered[words[i]] = keys;
    }
    survives(map);
    survives(multimap);
    survives(unordered);
    survives(std::set<int>(keys.begin(), keys.end()));
    survives(std::multiset<int>(keys.begin(), keys.end()));
    survives(std::set<std::string>(words.begin(), words.end()));
    survives(std::unordered_set<std::string>(words.begin(), words.end()));
    survives(std::map<int, std::map<int, std::string>>{{1, map}, {2, {}}});
  }
}

TEST(round_trip, optional_variant_tuple_and_pair) {
  survives(std::optional<std::string>{});
  survives(std::optional<std::string>{"some"});
  survives(std::optional<int>{3});
  survives(std::optional<std::optional<std::string>>{std::optional<std::string>{}});
  using choice = std::variant<std::monostate, int, std::string, std::vector<std::string>>;
  survives(choice{});
  survives(choice{5});
  survives(choice{"text"});
  survives(std::vector<choice>{choice{}, choice{std::vector<std::string>{"a", "b"}}});
  survives(std::tuple{1, std::string{"two"}, 3.0, std::vector{4}});
  survives(std::tuple<>{});
  survives(std::pair{std::string{"key"}, std::vector{1, 2}});
  survives(std::array<std::string, 3>{"a", "", "c"});
}

TEST(round_trip, unique_ptr) {
  const auto packed = pack(std::make_unique<std::string>("owned"));
  const auto back = unpack<std::unique_ptr<std::string>>(bytes(packed));
  EXPECT_EQ(back ? *back : "", "owned");
  EXPECT_EQ(unpack<std::unique_ptr<int>>(bytes(pack(std::unique_ptr<int>{}))), nullptr);
}

TEST(round_trip, classes) {
  const types::person person{"Ada", {1.5, 2.5}, 36};
  survives(person);
  survives(std::vector<types::person>{person, {}, person});
  survives(types::twelve{"a", 2, person, "d", "e", "f", "g", "h", "i", "j", "k", {{1, person}}});
  survives(types::account{"Bob", 100});
  survives(types::savings{"Eve", 200, 0.5});
  survives(types::sealed{"Bob"});
  survives(types::celsius{21.5});
  survives(types::label{"free"});
  survives(types::cached{.text = "free too"});
  survives(types::settled{"final"});
  survives(types::reversed{"abc"});
  survives(std::map<std::string, types::savings>{{"x", {"Eve", 200, 0.5}}});
  types::tree root{"root", {}, std::make_unique<types::tree>()};
  root.children.resize(3);
  root.children[1].name = "child";
  root.favourite->name = "favourite";
  survives(root);
}

TEST(round_trip, save_and_load_are_those_of_the_class) {
  const auto packed = pack(types::reversed{"abc"});
  EXPECT_EQ(unpack<std::string>(bytes(packed)), "cba");
  EXPECT_EQ(unpack<double>(bytes(pack(types::celsius{1}))), 257.0);
}

TEST(round_trip, what_was_there_before_is_replaced) {
  std::map<int, std::string> map{{9, "old"}};
  cohort::serial::unpack_into(bytes(pack(std::map<int, std::string>{{1, "new"}})), map);
  EXPECT_EQ(map, (std::map<int, std::string>{{1, "new"}}));
  std::optional<std::string> some{"old"};
  cohort::serial::unpack_into(bytes(pack(std::optional<std::string>{})), some);
  EXPECT_FALSE(some);
  std::unique_ptr<int> pointer = std::make_unique<int>(3);
  cohort::serial::unpack_into(bytes(pack(std::unique_ptr<int>{})), pointer);
  EXPECT_EQ(pointer, nullptr);
}

TEST(round_trip, of_elements_that_take_no_bytes) {
  survives(std::vector<types::hollow>(3));
  survives(std::map<int, types::hollow>{{1, {}}, {2, {}}});
  survives(std::vector<std::vector<types::hollow>>{{}, std::vector<types::hollow>(5)});
}

}  // namespace
