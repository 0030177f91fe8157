// The examples of docs/patterns.md for map-reduce and transform_reduce.
#include <cohort/cohort.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <span>
#include <sstream>
#include <string>
#include <vector>

namespace {

using cohort::test::world;

// example: emitter
void count_words(const std::string& line, cohort::emitter<std::string, long>& emit) {
  std::istringstream words{line};
  for (std::string word; words >> word;) emit(word, 1);
}
// end

struct reading {
  int station;
  double value;
};
std::vector<reading> readings() {
  return {{1, 2.5}, {2, 20.0 + world().rank()}, {1, 3.5}};
}

TEST(docs_map_reduce, counts_words) {
  const std::vector<std::string> my_lines{"to be or", "not to be"};
  // example: map_reduce
  auto counts = cohort::map_reduce(world(), my_lines, count_words, std::plus{});
  auto all = cohort::gather_to_root(world(), counts);  // std::vector<std::pair<std::string, long>>
  // end
  std::map<std::string, long> expected;
  if (world().rank() == 0) {
    const long n = world().size();
    expected = {{"to", 2 * n}, {"be", 2 * n}, {"or", n}, {"not", n}};
  }
  EXPECT_EQ((std::map<std::string, long>(all.begin(), all.end())), expected);
}

TEST(docs_map_reduce, takes_options) {
  // example: options
  auto highest = cohort::map_reduce<int, double>(
      world(), readings(), [](const reading& r, auto& emit) { emit(r.station, r.value); }, cohort::maximum{},
      {.memory = 256 << 20,  // bytes of pairs on their way, per rank
       .sorted = true,       // each rank's part in the order of keys
       .partition = [](int station, int ranks) { return station % ranks; }});  // who reduces a key
  // end
  EXPECT_TRUE(std::is_sorted(highest.begin(), highest.end()));
  for (const auto& [station, value] : highest) {
    EXPECT_EQ(station % world().size(), world().rank());
    EXPECT_EQ(value, station == 1 ? 3.5 : 19.0 + world().size());
  }
}

TEST(docs_map_reduce, of_all_values) {
  // example: map_reduce_all
  auto medians = cohort::map_reduce_all<int, double>(
      world(), readings(), [](const reading& r, auto& emit) { emit(r.station, r.value); },
      [](int, std::span<double> values) {
        const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
        std::nth_element(values.begin(), middle, values.end());
        return *middle;
      });
  // end
  for (const auto& [station, median] : medians) {
    EXPECT_EQ(median, station == 1 ? 3.5 : 20.0 + world().size() / 2);
  }
}

TEST(docs_map_reduce, tells_every_rank_of_an_exception) {
  std::string text;
  // example: rank_error
  try {
    auto part = cohort::map_reduce<int, int>(
        world(), std::vector{1, 2, 3},
        [](int i, auto& emit) {
          if (i == 3 && world().rank() == 0) throw std::runtime_error("no such page");
          emit(i, 1);
        },
        std::plus{});
  } catch (const cohort::rank_error& e) {  // on every rank, the same
    EXPECT_EQ(e.failure().rank, 0);
    EXPECT_EQ(e.failure().message, "no such page");
    text = e.what();
  }
  // end
  EXPECT_NE(text.find(" in the map of input 2: std::runtime_error: no such page"), std::string::npos) << text;
}

TEST(docs_transform_reduce, of_all_ranks) {
  const std::vector<double> mine(10, 2.0);
  // example: transform_reduce
  auto sum_of_squares = cohort::transform_reduce(world(), mine, 0.0, std::plus{}, [](double x) { return x * x; });
  // end
  EXPECT_EQ(sum_of_squares, 40.0 * world().size());
}

}  // namespace
