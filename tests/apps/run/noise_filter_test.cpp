// What is left out of a job's standard error.

#include "run/noise_filter.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace {

using cohort_run::noise_filter;

const std::string noise =
    "[node1:04711] PMIX ERROR: BAD-PARAM in file ../../../../../src/mca/bfrops/base/bfrop_base_copy.c at line 77\n";

/// All of a text, in pieces of a size.
std::string filtered(const std::string& text, std::size_t piece, bool told = false) {
  noise_filter filter{[told] { return told; }};
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += piece)
    out += filter.pass(std::string_view{text}.substr(at, piece));
  return out + filter.rest();
}

TEST(NoiseFilter, LeavesOutOneKindOfLine) {
  const std::string rest = "one\n[node1:04711] two\n\nthree [x] PMIX ERROR: BAD-PARAM in file y\n[four]\nfive";
  const auto text = noise + "one\n[node1:04711] two\n" + noise + noise +
                    "\nthree [x] PMIX ERROR: BAD-PARAM in file y\n[four]\n" + noise + "five";
  for (std::size_t piece = 1; piece != 200; ++piece) EXPECT_EQ(filtered(text, piece), rest) << piece;
}

TEST(NoiseFilter, LeavesOutWhatMpirunSaysOfItsSsh) {
  EXPECT_EQ(
      filtered("[node1:01] plm:rsh: Warning: setpgid(2,2) failed in parent with errno=Permission denied(13)\nx\n",
               1000),
      "x\n");
}

TEST(NoiseFilter, LeavesOutBoxesAboutAStatusThatTheJobHasExplained) {
  const std::string rule = std::string(74, '-') + "\n";
  const auto box = [&rule](const std::string& text) { return rule + text + rule; };
  const auto primary = box(
      "Primary job  terminated normally, but 1 process returned\na non-zero exit code. Per user-direction, the job "
      "has been aborted.\n");
  const auto detected =
      box("mpirun detected that one or more processes exited with non-zero status, thus causing\nthe job to be "
          "terminated. The first process to do so was:\n\n  Process name: [[8850,1],0]\n  Exit code:    75\n");
  const auto other = box("mpirun noticed that process rank 1 exited on signal 11 (Segmentation fault).\n");
  const auto own = rule + "results\n" + rule;
  const auto text = "one\n" + primary + other + noise + detected + own + "-----\n" + detected + "end\n" + rule;
  const auto rest = "one\n" + other + own + "-----\nend\n" + rule;
  const auto all = "one\n" + primary + other + detected + own + "-----\n" + detected + "end\n" + rule;
  for (std::size_t piece = 1; piece != 500; ++piece) {
    EXPECT_EQ(filtered(text, piece, true), rest) << piece;
    EXPECT_EQ(filtered(text, piece, false), all) << piece;
  }
  EXPECT_EQ(filtered(rule + "Primary job  terminated normally, but " + std::string(5000, 'x'), 100, true).size(),
            rule.size() + 38 + 5000);
}

TEST(NoiseFilter, HoldsBackOnlyWhatMayBecomeOne) {
  noise_filter filter;
  EXPECT_EQ(filter.pass("name: "), "name: ");
  EXPECT_FALSE(filter.keeps());
  EXPECT_EQ(filter.pass("x\n[y/n] "), "x\n");
  EXPECT_TRUE(filter.keeps());
  EXPECT_EQ(filter.rest(), "[y/n] ");
  EXPECT_FALSE(filter.keeps());
  EXPECT_EQ(filter.pass("] PMIX ERROR: BAD-PARAM in file z\n"), "] PMIX ERROR: BAD-PARAM in file z\n")
      << "its beginning was printed, so its end is";
  EXPECT_EQ(filter.pass(noise), "");
}

TEST(NoiseFilter, LongLinesAndBytes) {
  const auto text = "[" + std::string(100000, 'x') + "\n" + std::string("\0\xff\n", 3) + "end";
  for (const std::size_t piece : {1U, 7U, 4096U, 200000U}) EXPECT_EQ(filtered(text, piece), text);
}

}  // namespace
