#include "fibonacci/terms.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <utility>

namespace {

using fibonacci::input_error;
using fibonacci::limits;
using numbers = std::vector<std::uint64_t>;

numbers word(std::string_view text, const limits& allowed = {}) {
  numbers terms;
  fibonacci::parse_word(text, allowed, terms);
  return terms;
}

numbers text(const std::string& content, const limits& allowed = {}) {
  numbers terms;
  std::istringstream in{content};
  fibonacci::parse_text(in, "numbers.txt", allowed, terms);
  return terms;
}

template <class F>
std::string error_of(const F& f) {
  try {
    f();
  } catch (const input_error& e) {
    return e.what();
  }
  return "no error";
}

std::string word_error(std::string_view w, const limits& allowed = {}) {
  return error_of([&] { word(w, allowed); });
}

const std::string expected = "expected a whole number from 0 to 1000000000, or a range such as 10..20";

TEST(terms, numbers_and_ranges) {
  EXPECT_EQ(word("0"), numbers{0});
  EXPECT_EQ(word("007"), numbers{7});
  EXPECT_EQ(word("1000000000"), numbers{1'000'000'000});
  EXPECT_EQ(word("10..13"), (numbers{10, 11, 12, 13}));
  EXPECT_EQ(word("5..5"), numbers{5});
  EXPECT_EQ(word("0..100..40"), (numbers{0, 40, 80}));
  EXPECT_EQ(word("0..80..40"), (numbers{0, 40, 80}));
  EXPECT_EQ(word("3..9..100"), numbers{3});
  EXPECT_EQ(word("3..9..99999999999999999999999"), numbers{3});
  EXPECT_EQ(word("999999999..1000000000"), (numbers{999'999'999, 1'000'000'000}));
}

TEST(terms, words_that_are_no_terms) {
  for (const std::string w : {"abc", "1e6", "10.", "10..", "..10", "1.5", "+5", "0x10", "10...20", "1..2..",
                              "1..2..3..4", "1..2..x", "--5", "5-10", "-"}) {
    EXPECT_EQ(word_error(w), "'" + w + "' is not a term's number; " + expected);
  }
  EXPECT_EQ(word_error("-5"), "'-5' is negative (terms are counted from 0); " + expected);
  EXPECT_EQ(word_error("a\x01z"), "'a?z' is not a term's number; " + expected);
  EXPECT_EQ(word_error(std::string(100, 'x')),
            "'" + std::string(40, 'x') + "...' is not a term's number; " + expected);
}

TEST(terms, numbers_that_are_too_high) {
  EXPECT_EQ(word_error("1000000001"),
            "'1000000001' is above the limit of 1000000000 (this one term "
            "would have 208987641 digits); give a lower "
            "one, or raise the limit with --limit");
  EXPECT_EQ(word_error("0..5000..10", {.highest = 4999}),
            "'5000' is above the limit of 4999 (this one term would have 1045 "
            "digits); give a lower one, or raise the "
            "limit with --limit");
  for (const std::string w : {"100000000001", "18446744073709551616", "99999999999999999999999999"}) {
    EXPECT_EQ(word_error(w), "'" + w + "' is too high (the highest term possible is 100000000000); " + expected);
  }
  EXPECT_EQ(word("100000000000", {.highest = 100'000'000'000}), numbers{100'000'000'000});
}

TEST(terms, ranges_without_sense) {
  EXPECT_EQ(word_error("20..10"), "the range '20..10' ends before it begins; write 10..20");
  EXPECT_EQ(word_error("1..9..0"),
            "the range '1..9..0' has a step of 0 (it would never end); give a "
            "step of 1 or more");
}

TEST(terms, too_many) {
  const std::string message =
      "the input stands for 1000001 terms so far (at most 1000000 in one run); "
      "split it up, or give ranges a wider "
      "step";
  EXPECT_EQ(word_error("0..1000000"), message);
  EXPECT_EQ(word("1..1000000").size(), 1'000'000U);
  EXPECT_EQ(error_of([] { text("1..999999\n5\n6"); }), "numbers.txt:3: " + message);
}

TEST(terms, a_failed_word_adds_nothing) {
  numbers terms{1};
  EXPECT_THROW(fibonacci::parse_word("0..1000000", {}, terms), input_error);
  EXPECT_THROW(fibonacci::parse_word("3..x", {}, terms), input_error);
  EXPECT_EQ(terms, numbers{1});
}

TEST(terms, texts) {
  EXPECT_EQ(text("1"), numbers{1});
  EXPECT_EQ(text("1\n2\n"), (numbers{1, 2}));
  EXPECT_EQ(text("# head\n\n  3 4\t5,6 , 7 # tail 8\n\n1..3#\n"), (numbers{3, 4, 5, 6, 7, 1, 2, 3}));
  EXPECT_EQ(text("1\r\n2\r\n"), (numbers{1, 2}));
  EXPECT_EQ(text("\xef\xbb\xbf"
                 "1\n2"),
            (numbers{1, 2}));
  EXPECT_EQ(text("5 5 5"), (numbers{5, 5, 5}));
}

TEST(terms, texts_with_errors_name_their_line) {
  EXPECT_EQ(error_of([] { text("1\n\nabc\n"); }), "numbers.txt:3: 'abc' is not a term's number; " + expected);
  EXPECT_EQ(error_of([] { text("1 2 -7"); }),
            "numbers.txt:1: '-7' is negative (terms are counted from 0); " + expected);
  EXPECT_THROW(text("1\n\xef\xbb\xbf"
                    "2"),
               input_error)
      << "a byte order mark begins a file";
  EXPECT_EQ(error_of([] { text("#\n9..3"); }), "numbers.txt:2: the range '9..3' ends before it begins; write 3..9");
}

TEST(terms, texts_without_terms) {
  for (const char* content : {"", "\n\n", "# nothing\n", " , \n"}) {
    EXPECT_EQ(error_of([&] { text(content); }),
              "numbers.txt: no terms (only blank lines and comments, if anything); " + expected);
  }
}

TEST(terms, files) {
  const auto path = testing::TempDir() + "fibonacci_terms_test.txt";
  std::ofstream{path} << "1..3\n10\n";
  numbers terms{7};
  fibonacci::parse_file(path, {}, terms);
  EXPECT_EQ(terms, (numbers{7, 1, 2, 3, 10}));
  std::remove(path.c_str());
  EXPECT_EQ(error_of([&] { fibonacci::parse_file(path, {}, terms); }),
            path + ": cannot be read (No such file or directory); " + expected + ", or a file of them");
  EXPECT_EQ(error_of([&] { fibonacci::parse_file("/", {}, terms); }),
            "/: cannot be read (Is a directory); " + expected + ", or a file of them");
}

TEST(terms, what_looks_like_terms) {
  for (const char* w : {"5", "10..20", "1..9..2", "1.5", "-5", "+5", "..3"})
    EXPECT_TRUE(fibonacci::looks_like_terms(w)) << w;
  for (const char* w : {"-", "", "..", "numbers.txt", "10.txt", "./10", "abc"})
    EXPECT_FALSE(fibonacci::looks_like_terms(w)) << w;
}

TEST(terms, whole_values_must_fit_into_memory) {
  EXPECT_NO_THROW(fibonacci::require_memory({1'000'000}, 1'000'000));
  EXPECT_EQ(error_of([] {
              fibonacci::require_memory({1'000'000, 2'000'000}, 1'000'000);
            }),
            "the whole values have 626963 digits together (they are gathered "
            "on one rank, whose host has 1000000 bytes "
            "of memory); leave out --full, or ask for fewer terms");
}

}  // namespace
