// A pipeline: lines are split into words, the long ones are worked on by as many ranks as there are to spare, and
// the last stage prints them in the order of the text.
#include <cohort/cohort.hpp>

#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

/// One line after the other: runs on one rank.
static std::optional<std::string> next_line() {
  static std::istringstream text{
      "'Twas brillig, and the slithy toves\n"
      "Did gyre and gimble in the wabe:\n"
      "All mimsy were the borogoves,\n"
      "And the mome raths outgrabe."};
  std::string line;
  return std::getline(text, line) ? std::optional{line} : std::nullopt;
}

/// Several of one.
static void split(const std::string& line, cohort::emitter<std::string>& emit) {
  std::istringstream words{line};
  for (std::string word; words >> word;) emit(word);
}

/// None or one of one.
static std::optional<std::string> long_ones(std::string word) {
  if (word.size() < 6) return std::nullopt;
  return word;
}

static std::string backwards(const std::string& word) {
  return {word.rbegin(), word.rend()};
}

int main(int argc, char** argv) {
  cohort::environment env{argc, argv};
  const auto print = [n = 0](const std::string& word) mutable { std::cout << ++n << ' ' << word << '\n'; };

  auto report = cohort::pipeline(next_line) | cohort::stage(split) | cohort::stage(long_ones) |
                cohort::stage(backwards) | cohort::sink(print, {.ordered = true}) | cohort::run_on(env.world());

  if (env.world().rank() == report.stages.back().ranks.front())
    std::cout << report.stages[0].items_out << " lines, " << report.stages[1].items_out << " words\n";
}
