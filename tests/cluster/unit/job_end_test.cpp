// When a Slurm job ends.

#include <cohort/cluster/job_end.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <ctime>
#include <map>
#include <optional>
#include <string>

namespace {

using namespace cohort::cluster;
using std::chrono::system_clock;

/// The same time by strptime.
std::optional<system_clock::time_point> by_libc(const char* text) {
  std::tm broken{};
  if (::strptime(text, "%Y-%m-%dT%H:%M:%S", &broken) == nullptr) return std::nullopt;
  broken.tm_isdst = -1;
  return system_clock::from_time_t(std::mktime(&broken));
}

std::optional<std::string> no_variable(const char* /*name*/) {
  return std::nullopt;
}

TEST(SlurmTime, Parse) {
  for (const auto* text : {"2026-11-26T14:15:00", "2024-02-29T00:00:00", "2026-07-01T23:59:59"}) {
    EXPECT_EQ(parse_slurm_time(text), by_libc(text)) << text;
    EXPECT_EQ(parse_slurm_time(" " + std::string{text} + "\n"), by_libc(text)) << text;
  }
  for (const auto* text :
       {"", "N/A", "NONE", "Unknown", "UNLIMITED", "2026-11-26", "2026-11-26 14:15:00", "2026-13-01T00:00:00",
        "2026-00-10T00:00:00", "2026-01-01T24:00:00", "2026-01-01T00:00:0x", "2026-01-01T00:00:000"}) {
    EXPECT_FALSE(parse_slurm_time(text).has_value()) << text;
  }
}

TEST(JobEnd, AsksSqueue) {
  allocation job;
  job.slurm.emplace().id = "17";
  std::string asked;
  const auto answer = [&asked](const std::string& command) -> std::optional<std::string> {
    asked = command;
    return "2026-11-26T14:15:00\n";
  };
  EXPECT_EQ(job_end(job, answer, no_variable), by_libc("2026-11-26T14:15:00"));
  EXPECT_EQ(asked, "squeue -h -j 17 -o %e 2>/dev/null");

  const auto fails = [](const std::string&) -> std::optional<std::string> { return std::nullopt; };
  EXPECT_FALSE(job_end(job, fails, no_variable).has_value());
  const auto unlimited = [](const std::string&) -> std::optional<std::string> { return "N/A\n"; };
  EXPECT_FALSE(job_end(job, unlimited, no_variable).has_value());

  asked.clear();
  job.slurm->id = "17; rm -r x";  // no such thing reaches a shell
  EXPECT_FALSE(job_end(job, answer, no_variable).has_value());
  EXPECT_EQ(asked, "");
  EXPECT_FALSE(job_end(allocation{}, answer, no_variable).has_value());
  EXPECT_EQ(asked, "");
}

TEST(JobEnd, NewerSlurmSaysItInTheEnvironment) {
  allocation job;
  job.slurm.emplace().id = "17";
  const auto environment = [](const char* name) -> std::optional<std::string> {
    if (std::string{name} == "SLURM_JOB_END_TIME") return "1795702500";
    return std::nullopt;
  };
  const auto answer = [](const std::string&) -> std::optional<std::string> { return "2020-01-01T00:00:00"; };
  EXPECT_EQ(job_end(job, answer, environment), system_clock::from_time_t(1795702500));
}

TEST(Commands, Run) {
  EXPECT_EQ(run_command("echo one; echo two"), "one\ntwo\n");
  EXPECT_EQ(run_command("true"), "");
  EXPECT_FALSE(run_command("echo one; false").has_value());
}

}  // namespace
