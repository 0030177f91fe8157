// What cohort-run sees in mpirun's words.

#include "run/start_watch.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace {

using cohort_run::start_watch;

constexpr std::string_view words =
    "----------\nmpirun was unable to launch the specified application as it could not access\nor execute\n";

TEST(StartWatch, SeesThatNothingWasStarted) {
  start_watch whole;
  whole.see(words);
  EXPECT_TRUE(whole.failed());
  start_watch pieces;
  for (const char c : words) pieces.see({&c, 1});
  EXPECT_TRUE(pieces.failed());
  start_watch host;
  host.see("ORTE was unable to reliably start one or more daemons.\n");
  EXPECT_TRUE(host.failed());
}

TEST(StartWatch, BelievesNothingElse) {
  start_watch watch;
  watch.see("");
  watch.see("mpirun was unable to\n");
  watch.see(" launch the specified application\n");
  watch.see("app: mpirun was unable to launch the specified application\n");
  EXPECT_FALSE(watch.failed());
}

}  // namespace
