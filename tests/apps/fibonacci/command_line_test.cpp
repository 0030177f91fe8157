#include "fibonacci/command_line.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace {

using fibonacci::early_exit;
using fibonacci::request;
using numbers = std::vector<std::uint64_t>;

std::variant<request, early_exit> read(std::vector<const char*> words) {
  words.insert(words.begin(), "cohort-fibonacci");
  const int count = static_cast<int>(words.size());
  words.push_back(nullptr);
  return fibonacci::read_request(count, words.data());
}

request wanted(const std::vector<const char*>& words) {
  auto result = read(words);
  if (const auto* exit = std::get_if<early_exit>(&result)) {
    ADD_FAILURE() << exit->text;
    return {};
  }
  return std::get<request>(result);
}

void expect_failure(const std::vector<const char*>& words, int status, const std::string& text) {
  const auto result = read(words);
  const auto* exit = std::get_if<early_exit>(&result);
  ASSERT_NE(exit, nullptr) << text;
  EXPECT_EQ(exit->status, status);
  EXPECT_EQ(exit->text, "cohort-fibonacci: " + text + "\n");
}

/// A file that is gone at the end of the test.
struct scratch {
  std::string path = testing::TempDir() + "fibonacci_command_line_test.txt";
  explicit scratch(const char* content) { std::ofstream{path} << content; }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  ~scratch() { std::remove(path.c_str()); }
};

TEST(command_line, terms_in_the_order_given_and_without_duplicates) {
  const auto r = wanted({"10", "3..5", "4", "10"});
  EXPECT_EQ(r.asked, (numbers{10, 3, 4, 5, 4, 10}));
  EXPECT_EQ(r.distinct, (numbers{3, 4, 5, 10}));
  EXPECT_EQ(r.report.as, fibonacci::format::table);
  EXPECT_FALSE(r.full || r.compare || r.report.quiet);
}

TEST(command_line, files_among_the_terms_and_as_an_option) {
  const scratch file{"7 8\n"};
  const auto* path = file.path.c_str();
  EXPECT_EQ(wanted({"1", path, "2"}).asked, (numbers{1, 7, 8, 2}));
  EXPECT_EQ(wanted({"--file", path, "2"}).asked, (numbers{2, 7, 8}));
  EXPECT_EQ(wanted({"-f", path, "-f", path}).asked, (numbers{7, 8, 7, 8}));
}

TEST(command_line, options) {
  EXPECT_TRUE(wanted({"1", "--full"}).full);
  EXPECT_TRUE(wanted({"1", "--compare"}).compare);
  EXPECT_TRUE(wanted({"-q", "1"}).report.quiet);
  EXPECT_EQ(wanted({"1", "--csv"}).report.as, fibonacci::format::csv);
  EXPECT_EQ(wanted({"1", "--json"}).report.as, fibonacci::format::json);
  EXPECT_EQ(wanted({"--limit", "2000000000", "1500000000"}).asked, numbers{1'500'000'000});
}

TEST(command_line, help_and_version_succeed) {
  for (const char* option : {"--help", "--version"}) {
    const auto result = read({option});
    const auto* exit = std::get_if<early_exit>(&result);
    ASSERT_NE(exit, nullptr);
    EXPECT_EQ(exit->status, 0);
    EXPECT_NE(exit->text.find("cohort-fibonacci"), std::string::npos);
  }
}

TEST(command_line, a_wrong_one_is_status_2) {
  const std::string expected = "expected a whole number from 0 to 1000000000, or a range such as 10..20";
  expect_failure({}, 2,
                 "no terms asked for (neither numbers nor a file are given); "
                 "give some, such as 10..20, or see --help");
  expect_failure({"-5"}, 2, "'-5' is negative (terms are counted from 0); " + expected);
  expect_failure({"10", "1.5"}, 2, "'1.5' is not a term's number; " + expected);
  expect_failure({"/nowhere", "20..10"}, 2, "the range '20..10' ends before it begins; write 10..20");
  expect_failure({"--jsno", "5"}, 2,
                 "The following argument was not expected: --jsno; see cohort-fibonacci --help");
  for (const auto& words : {std::vector<const char*>{"1", "--csv", "--json"}, {"1", "--limit", "x"}, {"--file"}}) {
    const auto result = read(words);
    const auto* exit = std::get_if<early_exit>(&result);
    ASSERT_NE(exit, nullptr);
    EXPECT_EQ(exit->status, 2);
    EXPECT_TRUE(exit->text.ends_with("; see cohort-fibonacci --help\n")) << exit->text;
  }
}

TEST(command_line, a_bad_file_is_status_1) {
  const std::string expected = "expected a whole number from 0 to 1000000000, or a range such as 10..20";
  expect_failure({"/nowhere"}, 1,
                 "/nowhere: cannot be read (No such file or directory); " + expected + ", or a file of them");
  const scratch file{"1\n2\nabc\n"};
  expect_failure({"-f", file.path.c_str()}, 1, file.path + ":3: 'abc' is not a term's number; " + expected);
}

}  // namespace
