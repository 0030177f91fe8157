#include "farm/options.hpp"

#include "farm/duration.hpp"
#include "farm/errors.hpp"
#include "farm_test_support.hpp"

#include <initializer_list>

namespace {

using namespace farm_test;
using cohort_farm::early_exit;
using cohort_farm::farm_error;
using cohort_farm::halt_rule;
using cohort_farm::options;
using cohort_farm::parse_duration;

std::variant<options, early_exit> read(std::initializer_list<const char*> words) {
  std::vector<const char*> argv{"cohort-farm"};
  argv.insert(argv.end(), words);
  return cohort_farm::read_options(static_cast<int>(argv.size()), argv.data());
}

options good(std::initializer_list<const char*> words) {
  auto result = read(words);
  if (const auto* exit = std::get_if<early_exit>(&result)) ADD_FAILURE() << exit->text;
  return std::holds_alternative<options>(result) ? std::get<options>(result) : options{};
}

/// The message; checks the status.
std::string bad(std::initializer_list<const char*> words) {
  const auto result = read(words);
  const auto* exit = std::get_if<early_exit>(&result);
  EXPECT_NE(exit, nullptr);
  if (exit == nullptr) return {};
  EXPECT_EQ(exit->status, 255);
  EXPECT_EQ(exit->text.rfind("cohort-farm: ", 0), 0U) << exit->text;
  EXPECT_EQ(exit->text.find('\n'), exit->text.size() - 1) << exit->text;
  return exit->text;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Options, Defaults) {
  const auto o = good({});
  EXPECT_EQ(o, options{});
  EXPECT_EQ(o.tasks, "-");
  EXPECT_EQ(o.jobs, 1U);
  EXPECT_EQ(o.further_attempts(), 0U);
}

TEST(Options, All) {
  const auto o = good({"-j",
                       "3",
                       "--joblog",
                       "log",
                       "--journal",
                       "run",
                       "--resume-failed",
                       "-k",
                       "--results",
                       "out",
                       "--retries",
                       "4",
                       "--timeout",
                       "1.5m",
                       "--halt",
                       "soon,fail=10%",
                       "--dry-run",
                       "--no-progress",
                       "--walltime",
                       "2h",
                       "--reserve",
                       "5m",
                       "--requeue",
                       "list"});
  EXPECT_EQ(o.tasks, "list");
  EXPECT_EQ(o.jobs, 3U);
  EXPECT_EQ(o.joblog, "log");
  EXPECT_EQ(o.journal, "run");
  EXPECT_TRUE(o.resume);
  EXPECT_TRUE(o.resume_failed);
  EXPECT_TRUE(o.keep_order);
  EXPECT_EQ(o.results, "out");
  EXPECT_EQ(o.attempts, 4U);
  EXPECT_EQ(o.further_attempts(), 3U);
  EXPECT_EQ(o.timeout, 90s);
  EXPECT_EQ(o.halt, (halt_rule{halt_rule::when::soon, halt_rule::event::fail, 10, true}));
  EXPECT_TRUE(o.dry_run);
  EXPECT_EQ(o.walltime, (cohort_farm::walltime{cohort_farm::walltime::kind::given, 2h}));
  EXPECT_EQ(o.reserve, 5min);
  EXPECT_TRUE(o.requeue);
  EXPECT_EQ(good({"--walltime", "auto"}), options{});
  EXPECT_EQ(o.show, options::progress::off);
  EXPECT_TRUE(good({}).replace);
  EXPECT_FALSE(good({"--no-replace"}).replace);
  EXPECT_EQ(good({"--progress", "-"}).show, options::progress::on);
  EXPECT_EQ(good({"--retries", "0"}).further_attempts(), std::numeric_limits<std::uint32_t>::max());
}

TEST(Options, HelpAndVersionAreNoErrors) {
  const auto help = std::get<early_exit>(read({"--help"}));
  EXPECT_EQ(help.status, 0);
  for (const auto* part :
       {"mpirun -n 4 cohort-farm", "sbatch", "--resume-failed", "--halt", "--walltime", "SIGUSR1", "Exit status"}) {
    EXPECT_TRUE(has(help.text, part)) << part;
  }
  const auto version = std::get<early_exit>(read({"--version"}));
  EXPECT_EQ(version.status, 0);
  EXPECT_TRUE(has(version.text, "cohort-farm 0."));
}

TEST(Options, ErrorsSayWhatToDo) {
  EXPECT_TRUE(has(bad({"--resume"}), "add --joblog FILE or --journal DIR"));
  EXPECT_TRUE(good({"--resume", "--journal", "run"}).resume);
  EXPECT_TRUE(has(bad({"--resume-failed"}), "--resume-failed needs a log"));
  EXPECT_TRUE(has(bad({"--bogus"}), "--help"));
  EXPECT_TRUE(has(bad({"-j", "0"}), "--jobs"));
  EXPECT_TRUE(has(bad({"-j", "x"}), "--jobs"));
  EXPECT_TRUE(has(bad({"-j", "-1"}), "--help"));
  EXPECT_TRUE(has(bad({"--retries", "-1"}), "--retries"));
  EXPECT_TRUE(has(bad({"--retries", "x"}), "Value x not in range [0 - 4294967295]"));
  EXPECT_TRUE(has(bad({"--timeout", "soon"}), "--timeout soon is not a duration"));
  EXPECT_TRUE(has(bad({"--halt", "sometime,fail=1"}), "such as now,fail=1"));
  EXPECT_TRUE(has(bad({"--progress", "--no-progress"}), "excludes"));
  EXPECT_TRUE(has(bad({"--joblog", "-"}), "name a file"));
  EXPECT_TRUE(has(bad({"--walltime", "0"}), "leaves no time"));
  EXPECT_TRUE(has(bad({"--walltime", "x"}), "--walltime x is not a duration"));
  EXPECT_TRUE(has(bad({"--reserve", "x"}), "--reserve x is not a duration"));
  EXPECT_TRUE(has(bad({"--requeue", "--joblog", "log"}), "add --joblog FILE --resume"));
  EXPECT_TRUE(has(bad({"one", "two"}), "two"));
  (void)bad({"--joblog", ""});
  (void)bad({"--journal", ""});
  (void)bad({"--results", ""});
}

TEST(Options, Joining) {
  const auto o = good({"--join", "run", "-j", "3", "--walltime", "2h", "--reserve", "5m", "--no-progress"});
  EXPECT_EQ(o.join, "run");
  EXPECT_EQ(o.jobs, 3U);
  EXPECT_EQ(good({"--journal", "run", "--lease", "1m"}).lease, 60s);
  EXPECT_EQ(good({}).lease, 30s);
  EXPECT_TRUE(has(bad({"--join", "run", "tasks"}), "--join does not go with a file of tasks"));
  for (const auto* each : {"--resume", "--resume-failed", "-k", "--requeue", "--dry-run", "--progress"}) {
    EXPECT_TRUE(has(bad({"--join", "run", each}), "--join does not go with -")) << each;
  }
  for (const auto* each : {"--joblog", "--journal", "--results", "--retries", "--timeout", "--halt", "--lease"}) {
    const auto* const value = each == std::string_view{"--halt"} ? "now,fail=1" : "7";
    EXPECT_TRUE(has(bad({"--join", "run", each, value}), std::string{"--join does not go with "} + each)) << each;
  }
  EXPECT_TRUE(has(bad({"--lease", "30s"}), "--lease needs --journal"));
  EXPECT_TRUE(has(bad({"--lease", "1s", "--journal", "run"}), "--lease is too short"));
  (void)bad({"--join", ""});
}

TEST(Duration, AsGnuParallel) {
  EXPECT_EQ(parse_duration("90", "--t"), 90s);
  EXPECT_EQ(parse_duration("1.5", "--t"), 1500ms);
  EXPECT_EQ(parse_duration(".5", "--t"), 500ms);
  EXPECT_EQ(parse_duration("90s", "--t"), 90s);
  EXPECT_EQ(parse_duration("10m", "--t"), 10min);
  EXPECT_EQ(parse_duration("2H", "--t"), 2h);
  EXPECT_EQ(parse_duration("1d", "--t"), 24h);
  EXPECT_EQ(parse_duration("1d3.5h16.6m4s", "--t"), 100000s);
  EXPECT_EQ(parse_duration("0", "--t"), 0s);
  for (const auto* wrong : {"", "x", "1x", "1m2", "-1", "1e3", "nan", "inf", "200%", "1 m", "99999d99999999h"}) {
    EXPECT_THROW((void)parse_duration(wrong, "--t"), farm_error) << wrong;
  }
}

}  // namespace
