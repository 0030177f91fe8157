// The examples of docs/patterns.md for pipelines.
#include <cohort/cohort.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using cohort::test::world;

std::string shout(std::string word) {
  for (auto& c : word) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return word;
}

// example: pipeline_stages
void split(const std::string& line, cohort::emitter<std::string>& emit) {  // any number of one
  std::istringstream words{line};
  for (std::string word; words >> word;) emit(word);
}
std::optional<std::string> long_ones(std::string word) {  // none or one
  return word.size() > 2 ? std::optional{word} : std::nullopt;
}
// end

// example: pipeline_feedback
void halve(long n, cohort::emitter<long>& emit, cohort::feedback<long>& again) {
  if (n <= 10) return emit(n);
  again(n / 2);  // any of the stage's ranks takes it
  again(n - n / 2);
}
// end

/// The words of a text that begin with a stroke.
std::vector<std::string> links_in(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream words{text};
  for (std::string word; words >> word;) {
    if (word.front() == '/') result.push_back(word);
  }
  return result;
}

// example: pipeline_loop
struct page {
  std::string url;
  std::string text;
};
void parse(const page& p, cohort::emitter<page>& emit, cohort::feedback<std::string>& again) {
  for (const auto& link : links_in(p.text)) again(link);  // to the loop's first stage
  emit(p);                                                // out of the loop
}
// end
page fetch(const std::string& url) {
  static const std::map<std::string, std::string> web{
      {"/", "see /one and /two"}, {"/one", "back to /"}, {"/two", "/one or /three"}, {"/three", "nothing"}};
  return {url, web.at(url)};
}

TEST(docs_pipeline, goes_round) {
  std::vector<page> pages;
  // example: pipeline_loop_run
  auto unseen = [seen = std::set<std::string>{}](std::string url) mutable {  // each page once
    return seen.insert(url).second ? std::optional{url} : std::nullopt;
  };
  cohort::pipeline(std::vector<std::string>{"/"})  //
      | cohort::loop(cohort::keyed_stage(std::identity{}, unseen) | cohort::stage(fetch) | cohort::stage(parse)) |
      cohort::sink(pages) | cohort::run_on(world());
  // end
  EXPECT_EQ(world().allreduce(pages.size(), std::plus{}), 4U);
}

TEST(docs_pipeline, gives_back) {
  long sum = 0;
  cohort::pipeline(std::vector<long>{1000, 5}) | cohort::stage(halve) | cohort::sink([&](long n) { sum += n; }) |
      cohort::run_on(world());
  EXPECT_EQ(world().allreduce(sum, std::plus{}), 1005);
}

TEST(docs_pipeline, reads_lines) {
  namespace fs = std::filesystem;
  const auto home = fs::current_path();
  const auto folder = fs::temp_directory_path() / ("cohort-docs-" + std::to_string(::getpid()));
  if (world().rank() == 0) {  // the source's
    fs::create_directory(folder);
    fs::current_path(folder);
    std::ofstream{"january.txt"} << "1\n2\n";
    std::ofstream{"february.txt"} << "3\nfour\n";
  }
  // example: pipeline_lines
  try {
    cohort::pipeline(cohort::lines_of({"january.txt", "february.txt"}))  //
        | cohort::stage([](const std::string& line) { return std::stod(line); }, {.name = "parse"}) |
        cohort::sink([](double) {}) | cohort::run_on(world());
  } catch (const cohort::pipeline_error& e) {
    EXPECT_EQ(e.place(), "february.txt:2");
  }
  // end
  if (world().rank() == 0) {
    fs::current_path(home);
    fs::remove_all(folder);
  }
}

TEST(docs_pipeline, runs) {
  const std::vector<std::string> lines{"to be or", "not to be"};
  // example: pipeline
  std::vector<std::string> out;
  auto report = cohort::pipeline(lines)                                            // on one rank
                | cohort::stage(split)                                             // on as many as fit
                | cohort::stage(long_ones)                                         //
                | cohort::stage(shout, {.name = "shout", .replicas = 3})           // on three, if there are so many
                | cohort::sink(out, {.ordered = true}) | cohort::run_on(world());  // on one, in the order of lines
  // end
  const bool mine = world().rank() == report.stages.back().ranks.front();
  EXPECT_EQ(out, mine ? std::vector<std::string>{"NOT"} : std::vector<std::string>{});
  EXPECT_EQ(report.stages[1].items_out, 6U);
  // example: pipeline_report
  for (const auto& s : report.stages) EXPECT_GE(s.busy_seconds, 0);  // and name, items_in, items_out, ranks
  const std::string slowest = report.bottleneck().name;              // report.describe(): all that, for people
  // end
  EXPECT_FALSE(slowest.empty());
}

TEST(docs_pipeline, remembers) {
  const std::vector<std::string> words{"a", "rose", "is", "a", "rose"};
  long last = 0;
  // example: pipeline_state
  auto count = [seen = std::map<std::string, long>{}](const std::string& word) mutable { return ++seen[word]; };
  auto total = [sum = 0L](long n) mutable { return sum += n; };
  cohort::pipeline(words) |
      cohort::keyed_stage(std::identity{}, count, {.replicas = 3})  // equal words, one replica
      | cohort::stage(total, {.stateful = true})                    // one rank
      | cohort::sink([&](long sum) { last = sum; }) | cohort::run_on(world());
  // end
  EXPECT_EQ(world().allreduce(last, cohort::maximum{}), 7);
}

// example: pipeline_finish
struct word_count {
  std::map<std::string, long> seen;
  void operator()(const std::string& word) { ++seen[word]; }
  void finish(cohort::emitter<std::pair<std::string, long>>& emit) {  // after the last word of this replica
    for (const auto& word : seen) emit(word);
  }
};
// end

TEST(docs_pipeline, counts_words) {
  const std::vector<std::string> lines{"a rose is", "a rose"};
  std::vector<std::pair<std::string, long>> totals;
  // example: pipeline_finish_run
  cohort::pipeline(lines) | cohort::stage(split) | cohort::keyed_stage(std::identity{}, word_count{}) |
      cohort::sink(totals) | cohort::run_on(world());
  // end
  EXPECT_EQ(world().allreduce(totals.size(), std::plus{}), 3U);
}

TEST(docs_pipeline, stops) {
  const std::vector<std::string> lines{"an albatross and", "a giraffe", "or an elephant"};
  std::vector<std::string> found;
  // example: pipeline_stop
  const auto first_two = [&](const std::string& word) {
    found.push_back(word);
    return found.size() == 2 ? cohort::pipeline_flow::stop : cohort::pipeline_flow::go_on;
  };
  cohort::pipeline(lines) | cohort::stage(split) | cohort::stage(long_ones) |
      cohort::sink(first_two, {.ordered = true}) | cohort::run_on(world());
  // end
  EXPECT_EQ(world().allreduce(found.size(), std::plus{}), 2U);
}

double simulate(std::int64_t i) {
  return std::sqrt(static_cast<double>(i));
}

TEST(docs_pipeline, runs_in_threads) {
  std::vector<double> results;
  // example: pipeline_threads
  auto report = cohort::pipeline(cohort::indices(1000)) |
                cohort::stage(simulate, {.name = "simulate", .threads = 2})  // two threads on each of its ranks
                | cohort::sink(results, {.ordered = true}) | cohort::run_on(world());
  // end
  const bool mine = world().rank() == report.stages.back().ranks.front();
  EXPECT_EQ(results.size(), mine ? 1000U : 0U);
}

TEST(docs_pipeline, fails) {
  // example: pipeline_error
  try {
    cohort::pipeline(cohort::indices(100)) |
        cohort::stage([](auto i) { return i == 42 ? throw std::domain_error{"no"} : i; }, {.name = "check"})  //
        | cohort::sink([](auto) {}) | cohort::run_on(world());
  } catch (const cohort::pipeline_error& e) {  // on every rank, the same
    EXPECT_EQ(e.stage(), "check");
    EXPECT_EQ(e.item(), 42U);                          // of the source, from 0
    EXPECT_EQ(e.failure().type, "std::domain_error");  // and message, rank, host
  }
  // end
}

}  // namespace
