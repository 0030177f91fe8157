// The example of docs/patterns.md for a farm that winds up before its tasks have ended.
#include <cohort/cohort.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <vector>

namespace {

std::size_t fetch(const std::string& url) {
  if (url == "page 5") std::raise(SIGUSR1);  // as Slurm would
  return url.size();
}

TEST(docs_patterns, farm_drain) {
  const auto& world = cohort::test::world();
  std::vector<std::string> urls;
  for (int i = 0; i != 100'000; ++i) urls.push_back("page " + std::to_string(i));
  std::uint64_t stored = 0;
  const auto store = [&](std::size_t) { ++stored; };
  std::vector<std::string> rest;
  int status = 0;
  // example: farm_drain
  cohort::farm pages{
      world, fetch, {.retries = 2, .window = 1000, .drain = {.until = cohort::end_of_job(), .signals = {SIGUSR1}}}};
  try {
    const auto report = pages.run(urls, store);
    status = report.status();  // 0, 1 if tasks have failed, 75 if tasks are left: also on the other ranks
  } catch (const cohort::drained_farm<std::string>& left) {                             // on the root
    rest = left.tasks();                                                                // were not run to their end
    for (auto i = left.report().tasks; i != urls.size(); ++i) rest.push_back(urls[i]);  // nor were they taken
    status = cohort::resume_status;
  }
  // end
  EXPECT_EQ(status, cohort::resume_status);
  if (world.rank() == 0) {
    EXPECT_EQ(stored + rest.size(), urls.size());
  }
}

}  // namespace
