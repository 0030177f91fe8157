#include <cohort/collective/scatter.hpp>
#include <cohort/pattern/redistribute.hpp>

#include "support/cost.hpp"
#include "support/random.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <array>
#include <list>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;

/// A distribution of the user's own: all elements on one rank.
class all_on {
 public:
  all_on(std::size_t size, int ranks, int rank) : size_{size}, ranks_{ranks}, rank_{rank} {}
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] int ranks() const { return ranks_; }
  [[nodiscard]] int owner(std::size_t) const { return rank_; }
  [[nodiscard]] std::size_t local_size(int rank) const { return rank == rank_ ? size_ : 0; }
  [[nodiscard]] std::size_t local_index(std::size_t index) const { return index; }
  [[nodiscard]] std::size_t global_index(int, std::size_t local) const { return local; }
  [[nodiscard]] std::size_t contiguous_from(std::size_t index) const { return size_ - index; }

 private:
  std::size_t size_;
  int ranks_;
  int rank_;
};

/// What this rank has of `whole`, element by element.
template <class T>
std::vector<T> part_of(const std::vector<T>& whole, const cohort::distribution auto& d) {
  std::vector<T> part;
  for (std::size_t i = 0; i != whole.size(); ++i) {
    if (d.owner(i) == world().rank()) part.push_back(whole[i]);
  }
  return part;
}

/// Calls use(from, to) with all pairs of distributions of n elements.
void for_each_pair(std::size_t n, const auto& use) {
  const int ranks = world().size();
  const auto with_each = [&](const auto& go) {
    go(cohort::block_distribution{n, ranks});
    go(cohort::cyclic_distribution{n, ranks});
    for (const std::size_t block : {2U, 3U, 7U, 64U}) go(cohort::block_cyclic_distribution{n, ranks, block});
    go(all_on{n, ranks, ranks - 1});
  };
  with_each([&](const auto& from) { with_each([&](const auto& to) { use(from, to); }); });
}

template <class T>
class redistribute : public testing::Test {};
using elements = testing::Types<char, double, particle, std::pair<int, double>, std::array<short, 3>, std::string>;
TYPED_TEST_SUITE(redistribute, elements);

TYPED_TEST(redistribute, from_any_distribution_to_any_other) {
  for (const std::size_t n : {0U, 1U, 2U, 5U, 13U, 100U}) {
    const auto whole = random_vector<TypeParam>(n, n);
    for_each_pair(n, [&](const auto& from, const auto& to) {
      const auto mine = cohort::redistribute(world(), part_of(whole, from), from, to);
      EXPECT_TRUE(std::ranges::equal(mine, part_of(whole, to))) << n;
    });
  }
}

TEST(redistribute_data, that_is_long) {
  const auto whole = random_vector<int>(100'003, 4);
  const cohort::block_distribution blocks{whole.size(), world().size()};
  const cohort::block_cyclic_distribution dealt{whole.size(), world().size(), 100};
  const auto part = cohort::redistribute(world(), part_of(whole, blocks), blocks, dealt);
  EXPECT_EQ(part, part_of(whole, dealt));
  EXPECT_EQ(cohort::redistribute(world(), part, dealt, blocks), part_of(whole, blocks));
}

TEST(redistribute_data, that_scatter_dealt_out) {
  const auto whole = random_vector<double>(1001, 5);
  const auto part = world().scatter(whole);
  const cohort::block_distribution blocks{whole.size(), world().size()};
  EXPECT_EQ(part, part_of(whole, blocks));
  const cohort::cyclic_distribution dealt{whole.size(), world().size()};
  EXPECT_EQ(cohort::redistribute(world(), part, blocks, dealt), part_of(whole, dealt));
}

TEST(redistribute_data, of_any_container_and_type) {
  const std::size_t n = 23;
  const cohort::block_distribution from{n, world().size()};
  const cohort::cyclic_distribution to{n, world().size()};
  std::list<int> numbers;
  std::vector<bool> bits;
  std::vector<std::unique_ptr<std::string>> owned;
  std::vector<std::shared_ptr<int>> shared;
  const auto one = std::make_shared<int>(1);
  for (const auto i : from.indices_of(world().rank())) {
    numbers.push_back(static_cast<int>(i));
    bits.push_back(i % 3 == 0);
    owned.push_back(std::make_unique<std::string>(std::to_string(i)));
    shared.push_back(one);
  }
  const auto numbers_now = cohort::redistribute(world(), numbers, from, to);
  const auto bits_now = cohort::redistribute(world(), bits, from, to);
  const auto owned_now = cohort::redistribute(world(), owned, from, to);
  const auto shared_now = cohort::redistribute(world(), shared, from, to);
  EXPECT_EQ(numbers_now.size(), to.local_size(world().rank()));
  std::size_t local = 0;
  for (const auto i : to.indices_of(world().rank())) {
    EXPECT_EQ(numbers_now[local], static_cast<int>(i));
    EXPECT_EQ(bits_now[local], i % 3 == 0);
    EXPECT_EQ(*owned_now[local], std::to_string(i));
    EXPECT_EQ(*shared_now[local], 1);
    ++local;
  }
}

TEST(redistribute_cost, is_one_alltoallv) {
  const std::size_t n = 100;
  const cohort::block_distribution from{n, world().size()};
  const cohort::cyclic_distribution to{n, world().size()};
  const std::vector<double> mine(from.local_size(world().rank()), 1.0);
  EXPECT_EQ(calls([&] { (void)cohort::redistribute(world(), mine, from, to); }), "MPI_Alltoallv 1");
}

TEST(redistribute_errors, are_found_before_anything_is_sent) {
  const int ranks = world().size();
  const std::vector<double> one(1);
  const auto refused = [&](const auto& local, const auto& from, const auto& to) {
    std::string text;
    EXPECT_EQ(calls([&] {
                try {
                  (void)cohort::redistribute(world(), local, from, to);
                } catch (const cohort::argument_error& e) {
                  text = e.what();
                }
              }),
              "");
    return text;
  };
  using cohort::block_distribution;
  const auto n = static_cast<std::size_t>(ranks);
  EXPECT_NE(refused(one, block_distribution{n, ranks}, block_distribution{n + 1, ranks}).find("(a redistribution"),
            std::string::npos);
  EXPECT_NE(refused(one, block_distribution{n, ranks + 1}, block_distribution{n, ranks}).find("size() ranks"),
            std::string::npos);
  EXPECT_NE(refused(one, block_distribution{n, ranks}, block_distribution{n, ranks + 1}).find("size() ranks"),
            std::string::npos);
  EXPECT_NE(refused(std::vector<double>(2), block_distribution{n, ranks}, block_distribution{n, ranks})
                .find("2 elements here, but this rank has 1"),
            std::string::npos);
}

}  // namespace
