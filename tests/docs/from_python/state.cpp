// The examples of docs/from-python.md: what tasks find on their rank.
#include <cohort/cohort.hpp>

#include "from_python/pool.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

// example: state_task
std::size_t count_letters(cohort::task_context& here, int word) {
  return here.state<std::vector<std::string>>().at(static_cast<std::size_t>(word)).size();
}
// end

TEST(docs_from_python, state) {
  // example: state_options
  auto load_words = [] { return std::vector<std::string>{"one", "two", "three"}; };
  cohort::executor_options options{.state = cohort::rank_state{load_words}};
  // end
  const auto body = [](cohort::executor& pool) {
    EXPECT_EQ(pool.map(count_letters, std::vector{2, 0}), (std::vector<std::size_t>{5, 3}));
  };
  EXPECT_EQ(cohort::run_executor(cohort::test::world(), body, options), 0);
}

TEST(docs_from_python, shared_memory) {
  docs::with_pool([](cohort::executor& pool) {
    // example: shared_memory
    cohort::shared_data<double> a = pool.share(std::vector{1.0, 1.0, 2.0, 3.0, 5.0, 8.0});
    auto sums = pool.map([a](std::size_t i) { return a[i] + a[i + 1]; }, std::vector<std::size_t>{0, 1, 4});
    // end
    EXPECT_EQ(sums, (std::vector{2.0, 3.0, 13.0}));
  });
}

}  // namespace
