// The examples of docs/patterns.md: what tasks find on their rank.
#include <cohort/cohort.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <span>
#include <string>
#include <vector>

namespace {

using cohort::test::world;

using database = std::map<std::string, int>;

database open_database(const std::string& first) {
  return {{first, 1}, {"Grace", 2}};
}

std::vector<double> read_table() {
  std::vector<double> all(1000);
  std::iota(all.begin(), all.end(), 0.0);
  return all;
}

// example: state_function
int find_in_database(cohort::task_context& here, const std::string& name) {
  return here.state<database>().at(name);
}
// end

TEST(docs_on_each_rank, state) {
  // example: state
  cohort::executor_options options{.state = cohort::rank_state{[] { return open_database("Ada"); }}};
  cohort::run_executor(
      world(),
      [](cohort::executor& pool) {
        auto found = pool.map(find_in_database, std::vector<std::string>{"Ada", "Grace"});
        EXPECT_EQ(found, (std::vector{1, 2}));
      },
      options);
  // end
}

TEST(docs_on_each_rank, with_state) {
  // example: with_state
  cohort::farm look_up{world(),
                       cohort::with_state{[] { return open_database("Ada"); },
                                          [](database& db, const std::string& name) { return db.at(name); }}};
  auto found = look_up.map(std::vector<std::string>{"Ada", "Grace"});  // on rank 0
  // end
  EXPECT_EQ(found, world().rank() == 0 ? (std::vector{1, 2}) : std::vector<int>{});
}

TEST(docs_on_each_rank, share) {
  cohort::run_executor(world(), [](cohort::executor& pool) {
    // example: share_data
    auto table = pool.share(read_table());  // a cohort::shared_data<double>
    auto mean = [table](std::size_t begin, std::size_t end) {
      double sum = 0;
      for (double x : table.span().subspan(begin, end - begin)) sum += x;
      return sum / static_cast<double>(end - begin);
    };
    auto lower = pool.submit(mean, 0U, 500U);
    auto upper = pool.submit(mean, 500U, 1000U);
    EXPECT_EQ(lower.get() + upper.get(), 249.5 + 749.5);
    pool.unshare(table);  // or at the end of the body
    // end
    // example: share_filled
    auto squares = pool.share<long>(1000, [](std::span<long> all) {
      for (std::size_t i = 0; i != all.size(); ++i) all[i] = static_cast<long>(i * i);
    });
    // end
    EXPECT_EQ(pool.submit([squares] { return squares[31]; }).get(), 961);
  });
}

TEST(docs_on_each_rank, share_per_node) {
  // example: share_per_node
  auto table = cohort::share_per_node(world(), world().rank() == 0 ? read_table() : std::vector<double>{});
  auto halves = cohort::parallel_map(world(), 1000, [&](int i) { return table[static_cast<std::size_t>(i)] / 2; });
  // end
  EXPECT_EQ(halves.size(), world().rank() == 0 ? 1000U : 0U);
  if (world().rank() == 0) {
    EXPECT_EQ(halves[999], 499.5);
  }
}

}  // namespace
