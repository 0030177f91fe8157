#include "fibonacci/report.hpp"

#include <gtest/gtest.h>

namespace {

using fibonacci::format;

/// As if computed by two ranks, in no order.
fibonacci::results computed(const std::vector<std::uint64_t>& terms, bool full) {
  fibonacci::results all;
  std::vector<std::size_t> lengths;
  all.texts.resize(1);
  for (const auto n : terms) {
    auto [about, value] = fibonacci::evaluate(n, full);
    all.terms.push_back(about);
    all.texts[0] += value;
    lengths.push_back(value.size());
  }
  std::string_view rest = all.texts[0];
  for (const auto length : lengths) {
    if (full) all.values.push_back(rest.substr(0, length));
    rest.remove_prefix(length);
  }
  all.time = {.ranks = 2, .wall = 0.5, .processor = 0.9};
  return all;
}

std::string report(const std::vector<std::uint64_t>& asked, const fibonacci::results& all, format as,
                   bool quiet = false) {
  std::string text;
  fibonacci::write_report(asked, all, {.as = as, .quiet = quiet}, [&](std::string_view piece) { text += piece; });
  return text;
}

TEST(report, table) {
  EXPECT_EQ(report({7, 150, 7}, computed({150, 7}, false), format::table),
            "  n  digits  value\n"
            "  7       2  13\n"
            "150      31  9969216677…4405760200\n"
            "  7       2  13\n"
            "\n"
            "highest term: F(150), 31 digits\n");
  EXPECT_EQ(report({0}, computed({0}, false), format::table),
            "n  digits  value\n"
            "0       1  0\n"
            "\n"
            "highest term: F(0), 1 digit\n");
}

TEST(report, whole_values) {
  EXPECT_EQ(report({7, 150, 7}, computed({150, 7}, true), format::table, true),
            "  7       2  13\n"
            "150      31  9969216677189303386214405760200\n"
            "  7       2  13\n");
}

TEST(report, csv) {
  const std::string want = "n,digits,value\n7,2,13\n150,31,9969216677…4405760200\n";
  EXPECT_EQ(report({7, 150}, computed({150, 7}, false), format::csv), want);
  EXPECT_EQ(report({7, 150}, computed({150, 7}, false), format::csv, true), want);
}

TEST(report, json) {
  EXPECT_EQ(report({7, 8}, computed({8, 7}, false), format::json, true),
            "{\n"
            "  \"terms\": [\n"
            "    {\"n\": 7, \"digits\": 2, \"value\": \"13\"},\n"
            "    {\"n\": 8, \"digits\": 2, \"value\": \"21\"}\n"
            "  ],\n"
            "  \"highest\": {\"n\": 8, \"digits\": 2, \"value\": \"21\"}\n"
            "}\n");
  EXPECT_EQ(report({7}, computed({7}, false), format::json),
            "{\n"
            "  \"terms\": [\n"
            "    {\"n\": 7, \"digits\": 2, \"value\": \"13\"}\n"
            "  ],\n"
            "  \"highest\": {\"n\": 7, \"digits\": 2, \"value\": \"13\"},\n"
            "  \"run\": {\"ranks\": 2, \"wall_seconds\": 0.500000, "
            "\"processor_seconds\": 0.900000, "
            "\"one_rank_seconds\": null, \"speed_up\": 1.800, \"speed_up_is\": "
            "\"estimated\"}\n"
            "}\n");
}

TEST(report, times) {
  EXPECT_EQ(fibonacci::describe({.ranks = 2, .wall = 0.5, .processor = 0.9}, 3, 2),
            "time: 0.500 s for 3 terms (2 different) on 2 ranks\n"
            "speed-up over one rank: 1.80 (estimated: 0.900 s of processor time over "
            "the time above; --compare measures "
            "it)\n");
  EXPECT_EQ(fibonacci::describe({.ranks = 1, .wall = 0.05, .processor = 0.05, .alone = 0.04}, 1, 1),
            "time: 0.050000 s for 1 term on 1 rank\n"
            "speed-up over one rank: 0.80 (measured: one rank alone took 0.040 s)\n");
}

}  // namespace
