#include <cohort/p2p.hpp>

#include "ring.hpp"
#include "support/random.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace {

using namespace cohort::test;

struct page {
  std::string address;
  std::vector<std::string> links;
  std::optional<double> score;
  friend bool operator==(const page&, const page&) = default;
};

page page_of(int rank, std::size_t links) {
  return {"rank/" + std::to_string(rank), random_vector<std::string>(links, salt(rank)), 0.5 * rank};
}

/// Sends to the next rank in both ways, and returns what came from the one before, received in both ways.
template <class T, class Make>
void goes_around(const Make& make) {
  const auto mine = make(world().rank());
  auto leaving = world().isend(mine, {.dest = next(), .tag = 1});
  EXPECT_EQ(world().recv<T>({.source = before(), .tag = 1}), make(before()));
  leaving.wait();
  auto again = world().isend(make(world().rank()), {.dest = next(), .tag = 2});
  T into{};
  const auto info = world().recv_into(into, {.source = before(), .tag = 2});
  EXPECT_EQ(into, make(before()));
  EXPECT_EQ(info.source(), before());
}

TEST(objects, go_around) {
  goes_around<page>([](int rank) { return page_of(rank, 3); });
  goes_around<page>([](int rank) { return page_of(rank, 5000); });
  goes_around<std::vector<std::string>>([](int rank) { return random_vector<std::string>(100, salt(rank)); });
  goes_around<std::vector<std::string>>([](int) { return std::vector<std::string>{}; });
  goes_around<std::map<int, std::vector<double>>>([](int rank) {
    return std::map<int, std::vector<double>>{{rank, {1.0, 2.0}}, {rank + 1, {}}};
  });
  goes_around<std::vector<bool>>([](int rank) { return std::vector<bool>{rank % 2 == 0, true, false}; });
  goes_around<std::variant<int, std::string>>([](int rank) {
    return rank % 2 == 0 ? std::variant<int, std::string>{rank} : std::variant<int, std::string>{"odd"};
  });
}

TEST(objects, that_only_move) {
  const auto mine = std::make_unique<int>(world().rank());
  auto leaving = world().isend(mine, {.dest = next()});
  const auto got = world().recv<std::unique_ptr<int>>({.source = before()});
  EXPECT_EQ(got ? *got : -1, before());
}

TEST(objects, a_packed_object_may_change_while_it_leaves) {
  auto mine = page_of(world().rank(), 20000);
  const auto expected = page_of(before(), 20000);
  auto leaving = world().isend(mine, {.dest = next()});
  mine.links.clear();
  EXPECT_EQ(world().recv<page>({.source = before()}), expected);
}

TEST(objects, received_as_another_type_are_refused) {
  auto leaving = world().isend(std::vector<std::string>{"one", "two"}, {.dest = world().rank()});
  EXPECT_THROW((void)world().recv<page>({.source = world().rank()}), cohort::serial::format_error);
}

TEST(recv_of_an_object, that_cannot_be_read_is_told_with_rank_and_place) {
  const int self = world().rank();
  const auto leaving = world().isend(std::string{"no map"}, {.dest = self, .tag = 77});
  const auto start =
      "recv on rank " + std::to_string(self) + " (called at file.cpp:12): a serialised object claims";
  try {
    (void)world().recv<std::map<int, std::string>>({.source = self, .tag = 77}, {"file.cpp", 12});
    ADD_FAILURE() << "accepted";
  } catch (const cohort::serial::format_error& e) {
    EXPECT_EQ(std::string{e.what()}.substr(0, start.size()), start);
  }
}

}  // namespace
