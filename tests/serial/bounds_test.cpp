// Whatever the bytes say, reading them allocates no more than a small multiple of their number.

#include <cohort/serial/pack.hpp>

#include "support/allocation_counter.hpp"
#include "support/random.hpp"
#include "types.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <forward_list>
#include <list>
#include <set>
#include <stack>
#include <unordered_map>

namespace {

using cohort::serial::pack;
using cohort::serial::unpack;
using types::person;

/// Bytes allocated for reading `bytes` as a T, whether they are accepted or not. The error's text is not counted
/// for much: it is short.
template <class T>
std::size_t allocated_for(std::span<const std::byte> bytes) {
  const cohort::test::allocation_counter allocations;
  try {
    (void)unpack<T>(bytes);
  } catch (const cohort::serial::format_error&) {
  }
  return allocations.bytes();
}

/// An element of 8 bytes in the message (an empty string) takes a node of about 100 in a map, and a vector
/// allocates twice what it holds while it grows; the constant is for errors, the first block of a deque, and the
/// like.
constexpr std::size_t multiple = 32;
constexpr std::size_t constant = 4096;

template <class... Ts>
void expect_bounded(std::span<const std::byte> bytes) {
  const auto one = [&](std::size_t allocated, const char* type) {
    EXPECT_LE(allocated, multiple * bytes.size() + constant) << type << " from " << bytes.size() << " bytes";
  };
  (one(allocated_for<Ts>(bytes), typeid(Ts).name()), ...);
}
void expect_all_bounded(std::span<const std::byte> bytes) {
  expect_bounded<std::string, std::vector<double>, std::vector<std::string>, std::vector<std::vector<int>>,
                 std::deque<std::string>, std::list<std::string>, std::forward_list<std::string>,
                 std::set<std::string>, std::map<int, std::string>, std::unordered_map<std::string, int>,
                 std::vector<bool>, cohort::buffer<std::optional<char>>, std::stack<std::string>,
                 std::vector<person>, std::vector<std::shared_ptr<std::string>>, types::tree>(bytes);
}

TEST(bounds, of_lengths_that_lie) {
  for (const std::size_t size : {8U, 64U, 4096U}) {
    std::vector<std::byte> bytes(size);
    for (int shift = 0; shift != 64; ++shift) {
      const auto lie = std::uint64_t{1} << shift;
      std::memcpy(bytes.data(), &lie, sizeof lie);
      expect_all_bounded(bytes);
    }
  }
}

TEST(bounds, of_lengths_that_lie_inside) {
  for (const std::uint64_t outer : {1U, 3U, 100U}) {
    for (int shift = 10; shift < 64; shift += 3) {
      const auto bytes = pack(std::vector<std::uint64_t>(outer, std::uint64_t{1} << shift));
      expect_all_bounded({bytes.data(), bytes.size()});
    }
  }
}

TEST(bounds, of_random_bytes) {
  auto from = cohort::test::engine(3);
  for (int i = 0; i != 2000; ++i) {
    std::vector<std::byte> bytes(from() % 300);
    for (auto& b : bytes) b = static_cast<std::byte>(from() % 8 == 0 ? from() % 8 : 0);
    expect_all_bounded(bytes);
  }
}

TEST(bounds, of_true_objects) {
  const auto words = cohort::test::random_vector<std::string>(1000, 5);
  const auto bytes = pack(words);
  const std::span<const std::byte> packed{bytes.data(), bytes.size()};
  expect_bounded<std::vector<std::string>, std::list<std::string>, std::set<std::string>>(packed);
  EXPECT_GE(allocated_for<std::vector<std::string>>(packed), 1000 * sizeof(std::string));
}

}  // namespace
