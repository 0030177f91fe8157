// Serialised types between ranks.

#include <cohort/collective.hpp>
#include <cohort/p2p.hpp>
#include <cohort/serial/polymorphic.hpp>

#include "support/random.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <forward_list>
#include <stack>

namespace jobs {

struct job {
  virtual ~job() = default;
  [[nodiscard]] virtual std::string run() const = 0;
  template <class Archive>
  void serialize(Archive&, unsigned) {}
};
struct repeat final : job {
  std::string text;
  int times = 0;
  [[nodiscard]] std::string run() const override {
    std::string result;
    for (int i = 0; i != times; ++i) result += text;
    return result;
  }
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& boost::serialization::base_object<job>(*this) & text& times;
  }
};

}  // namespace jobs
BOOST_CLASS_EXPORT(jobs::repeat)

namespace {

using cohort::test::random_vector;
using cohort::test::world;

int left() {
  return (world().rank() + world().size() - 1) % world().size();
}
int right() {
  return (world().rank() + 1) % world().size();
}

/// What the left neighbour made, where every rank makes its own with make(rank).
template <class Make>
void expect_passed_on(const Make& make) {
  const auto sending = world().isend(make(world().rank()), {.dest = right()});
  using T = decltype(make(0));
  EXPECT_TRUE(world().recv<T>({.source = left()}) == make(left()));
  T all = make(world().rank());
  world().bcast(all, {.root = world().size() - 1});
  EXPECT_TRUE(all == make(world().size() - 1));
}
std::vector<std::string> words(int rank) {
  return random_vector<std::string>(50, static_cast<std::uint64_t>(rank));
}

TEST(messages, standard_types) {
  expect_passed_on([](int rank) {
    const auto all = words(rank);
    return std::forward_list<std::string>(all.begin(), all.end());
  });
  expect_passed_on([](int rank) {
    std::stack<std::string> stack;
    for (auto& word : words(rank)) stack.push(word);
    return stack;
  });
  expect_passed_on([](int rank) {
    std::vector<std::filesystem::path> paths;
    for (auto& word : words(rank)) paths.push_back("/" + word);
    return paths;
  });
  expect_passed_on([](int rank) { return std::vector<std::optional<int>>(3, rank); });
}

TEST(messages, pointers_to_one_object) {
  const auto text = std::make_shared<std::string>(std::to_string(world().rank()));
  const auto sending = world().isend(std::vector{text, text}, {.dest = right()});
  const auto got = world().recv<std::vector<std::shared_ptr<std::string>>>({.source = left()});
  EXPECT_EQ(got.size(), 2U);
  EXPECT_EQ(*got.at(0), std::to_string(left()));
  EXPECT_EQ(got.at(0), got.at(1));
}

TEST(messages, pointers_to_one_object_in_the_blocks_of_several_ranks) {
  const auto text = std::make_shared<std::string>("shared");
  const std::size_t each = 2;
  const std::vector<std::shared_ptr<std::string>> whole(each * static_cast<std::size_t>(world().size()), text);
  const auto mine = world().scatter(whole, {.root = 0});
  EXPECT_EQ(mine.size(), each);
  EXPECT_TRUE(mine.at(0) && *mine.at(0) == "shared");
  EXPECT_EQ(mine.at(0), mine.at(1));
}

TEST(messages, pointers_to_a_base_class) {
  auto mine = std::make_unique<jobs::repeat>();
  mine->text = "x";
  mine->times = world().rank() + 1;
  const std::unique_ptr<jobs::job> base = std::move(mine);
  const auto sending = world().isend(base, {.dest = right()});
  const auto got = world().recv<std::unique_ptr<jobs::job>>({.source = left()});
  EXPECT_EQ(got ? got->run() : "", std::string(static_cast<std::size_t>(left()) + 1, 'x'));
}

}  // namespace
