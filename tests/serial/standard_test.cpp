// The standard's adaptors, pointers and odd ones.

#include <cohort/serial/pack.hpp>

#include "support/random.hpp"
#include "types.hpp"

#include <boost/serialization/version.hpp>
#include <gtest/gtest.h>

#include <bitset>
#include <chrono>
#include <complex>
#include <filesystem>
#include <forward_list>
#include <queue>
#include <set>
#include <stack>
#include <unordered_map>
#include <unordered_set>
#include <valarray>

namespace versions {

/// Remembers the version it was called with.
struct versioned {
  unsigned saved = 0;
  std::string not_plain;
  template <class Archive>
  void serialize(Archive& archive, unsigned version) {
    if constexpr (Archive::is_saving::value) {
      archive << version;
    } else {
      archive >> saved;
      saved = saved * 100 + version;
    }
  }
};

}  // namespace versions
BOOST_CLASS_VERSION(versions::versioned, 7)

namespace {

using namespace cohort::test;
using cohort::serial::format_error;
using cohort::serial::pack;
using cohort::serial::unpack;

std::span<const std::byte> bytes(const cohort::buffer<std::byte>& packed) {
  return {packed.data(), packed.size()};
}

template <class T>
T there_and_back(const T& object) {
  const auto packed = pack(object);
  EXPECT_EQ(packed.size(), cohort::serial::packed_size(object));
  return unpack<T>(bytes(packed));
}
template <class T>
void survives(const T& object) {
  EXPECT_TRUE(there_and_back(object) == object);
}

TEST(standard, lists_and_bits) {
  for (const std::size_t n : {0U, 1U, 50U}) {
    const auto numbers = random_vector<int>(n, 1);
    const auto words = random_vector<std::string>(n, 2);
    survives(std::forward_list<int>(numbers.begin(), numbers.end()));
    survives(std::forward_list<std::string>(words.begin(), words.end()));
    survives(std::map<int, std::forward_list<std::string>>{{1, {words.begin(), words.end()}}});
    survives(std::unordered_multiset<std::string>(words.begin(), words.end()));
    survives(std::vector<std::array<std::string, 2>>(n, {"a", "b"}));
    survives(std::vector<std::optional<int>>(n, 3));
    survives(std::vector<std::variant<int, double>>(n, 2.5));
    survives(std::vector<std::pair<bool, int>>(n, {true, 2}));
    std::unordered_multimap<int, std::string> pairs;
    for (std::size_t i = 0; i != n; ++i) pairs.emplace(numbers[i], words[i]);
    survives(pairs);
    cohort::buffer<bool> flags(n);
    for (std::size_t i = 0; i != n; ++i) flags[i] = numbers[i] % 2 == 0;
    survives(flags);
    std::valarray<double> values(2.0, n);
    const auto back = there_and_back(std::vector{values, values}).at(1);
    EXPECT_EQ(back.size(), n);
    EXPECT_TRUE(n == 0 || (back == values).min());
  }
  survives(std::bitset<70>{0x123456789});
  survives(std::vector{std::bitset<70>{1}, std::bitset<70>{2}});
  survives(std::tuple{std::bitset<3>{5}, std::string{"x"}});
}

TEST(standard, adaptors) {
  const auto numbers = random_vector<int>(20, 1);
  std::stack<std::string> stack;
  std::queue<int> queue;
  std::priority_queue<int, std::vector<int>, std::greater<>> least_first;
  for (const int x : numbers) {
    stack.push(std::to_string(x));
    queue.push(x);
    least_first.push(x);
  }
  survives(stack);
  survives(queue);
  survives(std::vector<std::stack<std::string>>{stack, {}});
  auto back = there_and_back(least_first);
  EXPECT_EQ(back.size(), least_first.size());
  for (; !back.empty() && !least_first.empty(); back.pop(), least_first.pop()) {
    EXPECT_EQ(back.top(), least_first.top());
  }
}

TEST(standard, a_priority_queue_out_of_order_is_refused) {
  const auto packed = pack(std::vector<int>{1, 2, 3});
  EXPECT_THROW((void)unpack<std::priority_queue<int>>(bytes(packed)), format_error);
}

TEST(standard, times_paths_and_numbers) {
  using namespace std::chrono_literals;
  survives(1500ms);
  survives(std::vector{1s, 2s});
  survives(std::pair{std::string{"end"}, std::chrono::system_clock::now()});
  survives(std::vector{std::complex<float>{1, 2}});
  survives(std::filesystem::path{"/a/b c/../d"});
  survives(std::map<std::filesystem::path, int>{{"x/y", 1}, {"", 2}});
}

TEST(standard, optional_and_variant_with_bytes_that_lie) {
  const std::byte lies[16] = {std::byte{2}};
  EXPECT_THROW((void)unpack<std::optional<int>>({lies, 5}), format_error);
  EXPECT_THROW((void)(unpack<std::variant<int, double>>({lies, 16})), format_error);
  const auto flags = pack(std::vector<unsigned char>{1, 0, 2});
  EXPECT_THROW((void)unpack<cohort::buffer<bool>>(bytes(flags)), format_error);
}

struct node {
  int number = 0;
  std::shared_ptr<node> next;
  std::weak_ptr<node> owner;
};

TEST(standard, shared_objects_travel_once) {
  const auto text = std::make_shared<std::string>(1000, 'x');
  const std::vector<std::shared_ptr<std::string>> three{text, nullptr, text};
  EXPECT_LT(pack(three).size(), 1100U);
  const auto back = there_and_back(three);
  EXPECT_EQ(back[0], back[2]);
  EXPECT_EQ(back[0].use_count(), 2);
  EXPECT_EQ(*back[0], *text);
  EXPECT_EQ(back[1], nullptr);
  const auto number = std::make_shared<const int>(7);
  EXPECT_EQ(*there_and_back(number), 7);
}

TEST(standard, objects_of_two_messages_are_not_shared) {
  const auto text = std::make_shared<std::string>("x");
  EXPECT_EQ(pack(text).size(), pack(text).size());
  EXPECT_NE(there_and_back(text), text);
}

TEST(standard, cycles_and_weak_pointers) {
  auto first = std::make_shared<node>(node{1, std::make_shared<node>(node{2, nullptr, {}}), {}});
  first->next->next = first;
  first->next->owner = first;
  auto back = there_and_back(first);
  EXPECT_EQ(back->next->number, 2);
  EXPECT_EQ(back->next->next, back);
  EXPECT_EQ(back->next->owner.lock(), back);
  first->next = nullptr;
  back->next = nullptr;
  EXPECT_TRUE(there_and_back(std::weak_ptr<std::string>{}).expired());
  EXPECT_TRUE(there_and_back(std::weak_ptr<node>{first}).expired());
}

TEST(standard, shared_pointers_that_lie_are_refused) {
  const auto future = pack(std::uint64_t{2});
  EXPECT_THROW((void)unpack<std::shared_ptr<int>>(bytes(future)), format_error);
  // The second pointer names the first one's object, of another type.
  const auto other = pack(std::tuple{std::uint64_t{1}, 5, std::uint64_t{1}});
  EXPECT_THROW((void)(unpack<std::pair<std::shared_ptr<int>, std::shared_ptr<double>>>(bytes(other))),
               format_error);
}

TEST(standard, the_version_of_the_class_is_passed) {
  EXPECT_EQ(there_and_back(versions::versioned{}).saved, 707U);
  EXPECT_EQ(there_and_back(std::vector<versions::versioned>(2)).at(1).saved, 707U);
}

TEST(standard, too_deep_is_refused_at_both_ends) {
  types::tree deep;
  for (int i = 0; i != 990; ++i) {
    auto outer = std::make_unique<types::tree>(std::move(deep));
    deep = types::tree{};
    deep.favourite = std::move(outer);
  }
  survives(deep);
  for (int i = 0; i != 20; ++i) {
    auto outer = std::make_unique<types::tree>(std::move(deep));
    deep = types::tree{};
    deep.favourite = std::move(outer);
  }
  EXPECT_THROW((void)pack(deep), cohort::argument_error);
  // Its bytes, made up: an empty name, no children, one more tree.
  std::vector<std::byte> lies;
  for (int i = 0; i != 100000; ++i) {
    lies.resize(lies.size() + 16);
    lies.push_back(std::byte{1});
  }
  EXPECT_THROW((void)unpack<types::tree>(lies), format_error);
}

}  // namespace
