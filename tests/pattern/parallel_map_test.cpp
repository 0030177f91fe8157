#include <cohort/collective/barrier.hpp>
#include <cohort/pattern/parallel_map.hpp>

#include "loop_cases.hpp"
#include "support/cost.hpp"
#include "support/refused.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::parallel_map;

struct particle {
  double x = 0;
  int id = 0;
  friend bool operator==(const particle&, const particle&) = default;
};

/// Results of every kind: builtin, class, bool, text, container.
struct number {
  std::int64_t operator()(int i) const { return std::int64_t{1} << (i % 60); }
};
struct letter {
  char operator()(int i) const { return static_cast<char>('a' + i % 26); }
};
struct parity {
  bool operator()(int i) const { return i % 2 == 0; }
};
struct body {
  particle operator()(int i) const { return {i / 3.0, i}; }
};
struct text {
  std::string operator()(int i) const {
    return std::string(static_cast<std::size_t>(i % 40), 'x') + std::to_string(i);
  }
};
struct rows {
  std::vector<int> operator()(int i) const { return std::vector<int>(static_cast<std::size_t>(i % 5), i); }
};
struct tree {
  std::map<int, std::string> operator()(int i) const { return {{i, "i"}, {-i, "j"}}; }
};

template <class Function>
class parallel_map_of : public testing::Test {};
using functions = testing::Types<number, letter, parity, body, text, rows, tree>;
TYPED_TEST_SUITE(parallel_map_of, functions);

TYPED_TEST(parallel_map_of, gives_results_in_order) {
  const TypeParam f;
  using result = std::invoke_result_t<TypeParam, int>;
  for (const int node_size : node_sizes()) {
    for (const auto how : loop_schedules) {
      for (const int n : {0, 1, 2, 5, 100, 777}) {
        cohort::buffer<bool> same(static_cast<std::size_t>(n), false);
        for (const int root : {0, world().size() - 1}) {
          const auto all = parallel_map(world(), n, f, {.schedule = how, .node_size = node_size, .root = root});
          static_assert(std::is_same_v<std::remove_cvref_t<decltype(all[0])>, result>);
          EXPECT_EQ(all.size(), world().rank() == root ? static_cast<std::size_t>(n) : 0U);
          for (std::size_t i = 0; i != all.size(); ++i) EXPECT_EQ(all[i], f(static_cast<int>(i)));
        }
        const auto all = parallel_map(world(), n, f, {.schedule = how, .node_size = node_size, .everywhere = true});
        EXPECT_EQ(all.size(), static_cast<std::size_t>(n));
        for (std::size_t i = 0; i != all.size(); ++i) EXPECT_EQ(all[i], f(static_cast<int>(i)));
      }
    }
  }
}

TEST(parallel_map, of_many_elements) {
  // Runs of indices long enough for messages of their own, and short ones.
  constexpr int n = 300'000;
  for (const int node_size : {0, 1, 2}) {
    for (const auto how : {cohort::dispatch::schedule::automatic, cohort::dispatch::schedule::static_block}) {
      for (const bool everywhere : {false, true}) {
        const auto all = parallel_map(world(), n, [](int i) { return 3L * i; },
                                      {.schedule = how, .node_size = node_size, .everywhere = everywhere});
        const bool here = everywhere || world().rank() == 0;
        ASSERT_EQ(all.size(), here ? std::size_t{n} : 0U);
        bool right = true;
        for (int i = 0; here && i != n; ++i) right = right && all[static_cast<std::size_t>(i)] == 3L * i;
        EXPECT_TRUE(right);
      }
    }
  }
}

TEST(parallel_map, takes_a_range_that_every_rank_has) {
  const std::vector<std::string> names{"Ada", "Grace", "Barbara", "Frances"};
  const auto lengths = parallel_map(world(), names, &std::string::size, {.everywhere = true});
  EXPECT_EQ(lengths, (std::vector<std::size_t>{3, 5, 7, 7}));
  const auto same = parallel_map(world(), names, [](const std::string& name) -> const std::string& { return name; },
                                 {.everywhere = true});
  EXPECT_EQ(same, names);
  const auto none = parallel_map(world(), std::vector<int>{}, [](int x) { return x; });
  EXPECT_TRUE(none.empty());
}

TEST(parallel_map, is_a_buffer_of_plain_results_and_a_vector_of_others) {
  static_assert(std::is_same_v<decltype(parallel_map(world(), 3, number{})), cohort::buffer<std::int64_t>>);
  static_assert(std::is_same_v<decltype(parallel_map(world(), 3, text{})), std::vector<std::string>>);
  const std::vector<bool> flags = parallel_map(world(), 5, parity{});
  EXPECT_EQ(flags.size(), world().rank() == 0 ? 5U : 0U);
}

/// Counts how often an object is copied.
struct counting {
  counting() = default;
  explicit counting(int n) : id{n} {}
  counting(const counting& other) : id{other.id} { ++copies(); }
  counting(counting&&) = default;
  counting& operator=(const counting&) = default;
  counting& operator=(counting&&) = default;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& id& filler;
  }
  static int& copies() {
    static int number = 0;
    return number;
  }
  int id = 0;
  std::string filler = "makes it no plain type";
};

TEST(parallel_map, moves_results_without_copying_them) {
  const auto all = parallel_map(world(), 500, [](int i) { return counting{i}; }, {.everywhere = true});
  EXPECT_EQ(all[321].id, 321);
  EXPECT_EQ(counting::copies(), 0);
}

TEST(parallel_map, allocates_little) {
  const auto map = [] { return parallel_map(world(), 100'000, [](int i) { return i; }); };
  (void)map();
  world().barrier();
  const cohort::test::allocation_counter allocations;
  const auto result = map();
  // Per portion and message, not per element.
  EXPECT_LT(allocations.count(), 200 * world().size());
  EXPECT_EQ(result.size(), world().rank() == 0 ? 100'000U : 0U);
}

TEST(parallel_map, refuses_a_root_that_does_not_exist) {
  refused("root 99 does not exist", [] { (void)parallel_map(world(), 3, number{}, {.root = 99}); });
  refused("root -1 does not exist", [] { (void)parallel_map(world(), 3, number{}, {.root = -1}); });
}

}  // namespace
