// cohort-run's command line.

#include "run/options.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <variant>
#include <vector>

namespace {

using cohort_run::early_exit;
using cohort_run::options;

std::variant<options, early_exit> read(std::initializer_list<const char*> words) {
  std::vector<const char*> argv{"cohort-run"};
  argv.insert(argv.end(), words);
  return cohort_run::read_options(static_cast<int>(argv.size()), argv.data());
}

options good(std::initializer_list<const char*> words) {
  const auto result = read(words);
  if (const auto* exit = std::get_if<early_exit>(&result)) ADD_FAILURE() << exit->text;
  return std::holds_alternative<options>(result) ? std::get<options>(result) : options{};
}

void expect_wrong(std::initializer_list<const char*> words, const std::string& part) {
  const auto result = read(words);
  const auto* exit = std::get_if<early_exit>(&result);
  ASSERT_NE(exit, nullptr) << part;
  EXPECT_EQ(exit->status, 125);
  EXPECT_EQ(exit->text.rfind("cohort-run: ", 0), 0U) << exit->text;
  EXPECT_NE(exit->text.find(part), std::string::npos) << exit->text;
  EXPECT_EQ(exit->text.find('\n'), exit->text.size() - 1) << exit->text;
}

using words = std::vector<std::string>;

TEST(RunOptions, TheCommandBeginsWithTheFirstWordThatIsNoOption) {
  EXPECT_EQ(good({"./app"}), (options{.command = {"./app"}}));
  EXPECT_EQ(good({"-n", "4", "./app", "-n", "7", "--host", "x"}),
            (options{.ranks = 4, .command = {"./app", "-n", "7", "--host", "x"}}));
  EXPECT_EQ(good({"-n", "4", "--", "./app", "--", "--help"}).command, (words{"./app", "--", "--help"}));
  EXPECT_EQ(good({"app", "--dry-run"}).dry_run, false);
}

TEST(RunOptions, All) {
  const auto o = good({"-n", "8", "--hostfile", "hosts", "--fault-tolerant", "--bind", "core", "-x", "A", "-x",
                       "B=1 2", "--dry-run", "app"});
  EXPECT_EQ(o.ranks, 8U);
  EXPECT_EQ(o.hostfile, "hosts");
  EXPECT_TRUE(o.fault_tolerant);
  EXPECT_EQ(o.bind, options::binding::core);
  EXPECT_EQ(o.exported, (words{"A", "B=1 2"}));
  EXPECT_TRUE(o.dry_run);
  EXPECT_EQ(o.command, words{"app"});
  EXPECT_EQ(good({"--np", "2", "--host", "a:2,b", "app"}).hosts, "a:2,b");
}

TEST(RunOptions, WhatIsWrong) {
  expect_wrong({}, "no program was given");
  expect_wrong({"-n", "4"}, "no program was given");
  expect_wrong({"-n", "0", "app"}, "--np");
  expect_wrong({"-n", "many", "app"}, "--np");
  expect_wrong({"--hostfile", "a", "--host", "b", "app"}, "give one of them");
  expect_wrong({"--oversubscribe", "app"}, "--oversubscribe is not an option of cohort-run");
  expect_wrong({"--bind", "thread", "app"}, "--bind");
  expect_wrong({"-x", "1A", "app"}, "is not the name of a variable");
  expect_wrong({"", "x"}, "the program's name is empty");
}

TEST(RunOptions, HelpAndVersionAreNoErrors) {
  const auto help = std::get<early_exit>(read({"--help"}));
  EXPECT_EQ(help.status, 0);
  for (const auto* part : {"cohort-run -n 4 ./app", "--fault-tolerant", "sbatch", "Exit status"}) {
    EXPECT_NE(help.text.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(std::get<early_exit>(read({"--version"})).text.rfind("cohort-run ", 0), 0U);
}

}  // namespace
