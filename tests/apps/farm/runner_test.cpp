// Children of process_runner: how they start, what they see, how their end is told.
#include "farm/errors.hpp"
#include "farm_test_support.hpp"

#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace {

using namespace farm_test;
using cohort_farm::completion;

TEST(Runner, TellsHowACommandEnded) {
  root r{{.rank = 3}};
  const auto good = r.run("echo hello; echo oops >&2");
  EXPECT_EQ(good.what, report::kind::succeeded);
  EXPECT_EQ(good.how.where, completion::place::here);
  EXPECT_EQ(good.how.out, "hello\n");
  EXPECT_EQ(good.how.err, "oops\n");
  EXPECT_EQ(good.how.out_bytes, 6U);
  EXPECT_EQ(good.how.err_bytes, 5U);
  EXPECT_EQ(good.how.seq, 1U);
  EXPECT_GT(good.how.start, 1.0e9);
  EXPECT_EQ(good.ends, 1);

  const auto bad = r.run("exit 7");
  EXPECT_EQ(bad.what, report::kind::failed);
  EXPECT_EQ(bad.how.exit_status, 7);
  EXPECT_EQ(r.run("false").how.exit_status, 1);
  EXPECT_EQ(r.run("true").what, report::kind::succeeded);
}

TEST(Runner, CountsAttemptsAsTheOrderSays) {
  root r{{}};
  r.runner.accept({0, 7}, encode(cohort_farm::task_order{1, "echo $COHORT_ATTEMPT", 1}));
  std::vector<report> news;
  EXPECT_TRUE(eventually([&] {
    r.runner.collect(news, 10ms);
    return !news.empty();
  }));
  const auto how = cohort_farm::decode_completion(news.at(0).payload);
  EXPECT_EQ(news.at(0).of.attempt, 7U);
  EXPECT_EQ(how.attempt, 1U);
  EXPECT_EQ(how.out, "2\n");
}

TEST(Runner, TellsSignals) {
  root r{{}};
  const auto crashed = r.run("kill -SEGV $$");
  EXPECT_EQ(crashed.what, report::kind::failed);
  EXPECT_EQ(crashed.how.signal, SIGSEGV);
  EXPECT_EQ(crashed.how.exit_status, 0);
  EXPECT_EQ(r.run("kill -KILL $$").how.signal, SIGKILL);
}

TEST(Runner, MissingProgramsGetTheShellsWords) {
  root r{{}};
  const auto missing = r.run("no-such-program-at-all -x");
  EXPECT_EQ(missing.how.exit_status, 127);
  EXPECT_NE(missing.how.err.find("not found"), std::string::npos) << missing.how.err;
  scratch here;
  put(here / "plain", "no program");
  EXPECT_EQ(r.run(here / "plain").how.exit_status, 126);
  put(here / "script", "echo from a script without a first line\n");
  std::filesystem::permissions(here / "script", std::filesystem::perms::owner_all);
  EXPECT_EQ(r.run(here / "script").how.out, "from a script without a first line\n");
}

TEST(Runner, AProgramThatVanishesOrComesLater) {
  scratch here;
  root r{{}};
  EXPECT_EQ(r.run(here / "tool").how.exit_status, 127);
  std::filesystem::copy_file("/bin/true", here / "tool");
  EXPECT_EQ(r.run(here / "tool").how.exit_status, 0);
  std::filesystem::remove(here / "tool");
  EXPECT_EQ(r.run(here / "tool").how.exit_status, 127);
}

TEST(Runner, TooLongACommandIsACompletionThatSaysSo) {
  root r{{}};
  const auto end = r.run("echo '" + std::string(140000, 'x') + "'");
  EXPECT_EQ(end.what, report::kind::failed);
  EXPECT_EQ(end.how.exit_status, 126);
  EXPECT_NE(end.how.err.find("too long"), std::string::npos) << end.how.err;
  EXPECT_EQ(end.how.err_bytes, end.how.err.size());
  EXPECT_EQ(r.run("echo '" + std::string(131071 - 8, 'x') + "' ").how.where, completion::place::at_runner);
}

TEST(Runner, ChildrenSeeACleanWorld) {
  ::setenv("OMPI_COMM_WORLD_RANK", "5", 1);
  ::setenv("PMIX_RANK", "5", 1);
  ::setenv("OMPI_MCA_orte_x", "5", 1);
  ::setenv("OMPI_MCA_btl", "self,tcp", 1);
  root r{{.slots = 2, .rank = 4, .first_slot = 9}};
  const int leak = ::open("/dev/null", O_RDONLY);  // not closed on exec: it must not reach a child all the same
  EXPECT_EQ(r.run("echo $PARALLEL_SEQ $PARALLEL_JOBSLOT $COHORT_TASK $COHORT_ATTEMPT $COHORT_RANK").how.out,
            "1 9 1 1 4\n");
  r.add("echo $COHORT_ATTEMPT", 2);
  r.finish();
  EXPECT_EQ(r.done[1].how.out, "3\n");
  EXPECT_EQ(
      r.run("echo ${OMPI_COMM_WORLD_RANK-none} ${PMIX_RANK-none} ${OMPI_MCA_orte_x-none} $OMPI_MCA_btl").how.out,
      "none none none self,tcp\n");
  EXPECT_EQ(r.run("readlink /proc/self/fd/0").how.out, "/dev/null\n");
  // 3 is ls's own look at the directory.
  EXPECT_EQ(r.run("ls /proc/self/fd").how.out, "0\n1\n2\n3\n");
  EXPECT_EQ(r.run("cat").how.out, "");
  ::close(leak);
  for (const auto* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "OMPI_MCA_orte_x", "OMPI_MCA_btl"})
    ::unsetenv(name);
}

TEST(Runner, ChildrenHaveDefaultSignals) {
  struct sigaction old {};
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &old);
  sigset_t blocked;
  sigset_t before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &blocked, &before);
  root r{{}};
  constexpr auto of_the_c_library = 3ULL << 31;  // 32 and 33: nobody may set them
  const auto mask = [&](const std::string& name) {
    return std::stoull(r.run("sed -n 's/" + name + ":.//p' /proc/self/status").how.out, nullptr, 16);
  };
  EXPECT_EQ(mask("SigBlk"), 0U);
  EXPECT_EQ(mask("SigIgn") & ~of_the_c_library, 0U);
  // Its own process group: ps would do, but is not everywhere.
  EXPECT_EQ(r.run("set -- $(cat /proc/$$/stat); test $1 = $5").how.exit_status, 0);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  ::sigaction(SIGPIPE, &old, nullptr);
}

TEST(Runner, NoticesChildrenThoughTheirSignalIsIgnored) {
  struct sigaction old {};
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGCHLD, &ignore, &old);
  root r{{}};
  EXPECT_EQ(r.run("exit 3").how.exit_status, 3);
  ::sigaction(SIGCHLD, &old, nullptr);
}

/// For a process of its own.
[[noreturn]] void without_standard_descriptors() {
  ::close(0);
  ::close(1);
  ::close(2);
  root r{{.slots = 2}};
  r.add("echo out; echo err >&2");
  const auto end = r.run("readlink /proc/self/fd/0; ls /proc/self/fd | wc -l");
  const auto& first = r.done[0].how;
  std::_Exit(first.out == "out\n" && first.err == "err\n" && end.how.out == "/dev/null\n4\n" ? 0 : 1);
}

TEST(Runner, WorksWithoutStandardDescriptors) {
  EXPECT_EXIT(without_standard_descriptors(), testing::ExitedWithCode(0), "");
}

TEST(Runner, RunsThousandsAndLeaksNothing) {
  const auto before = open_descriptors();
  {
    root r{{.slots = 3}};
    constexpr int n = 2000;
    for (int i = 0; i != n; ++i) r.add(i % 7 == 3 ? "false" : i % 5 == 0 ? "echo $PARALLEL_SEQ" : "/bin/true");
    EXPECT_EQ(r.runner.unfinished(), std::size_t{n});
    r.finish();
    ASSERT_EQ(r.done.size(), std::size_t{n});
    for (int i = 0; i != n; ++i) {
      const auto& end = r.done[static_cast<std::uint64_t>(i)];
      EXPECT_EQ(end.how.exit_status, i % 7 == 3 ? 1 : 0);
      EXPECT_EQ(end.how.out, i % 7 != 3 && i % 5 == 0 ? std::to_string(i + 1) + "\n" : "");
    }
    EXPECT_EQ(open_descriptors(), before);
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(Runner, BeginsInOrderAndReportsStarts) {
  root r{{.slots = 1, .report_starts = true}};
  for (int i = 0; i != 20; ++i) r.add("true");
  r.finish();
  ASSERT_EQ(r.started.size(), 20U);
  for (std::uint64_t i = 0; i != 20; ++i) {
    EXPECT_EQ(r.started[i], i);
    EXPECT_EQ(r.order[i], i);
  }
}

TEST(Runner, SlotsRunTogetherAndAreNumbered) {
  scratch here;
  root r{{.slots = 3}};
  // Each waits for the two others: it ends only if all run at once.
  for (int i = 0; i != 3; ++i) {
    r.add("echo x > " + here.path() + "/$PARALLEL_JOBSLOT; while [ $(ls " + here.path() +
          " | wc -l) -lt 3 ]; do sleep 0.01; done");
  }
  r.finish();
  EXPECT_TRUE(std::filesystem::exists(here / "1"));
  EXPECT_TRUE(std::filesystem::exists(here / "2"));
  EXPECT_TRUE(std::filesystem::exists(here / "3"));
}

TEST(Runner, GivesBackWhatHasNotBegun) {
  root r{{.slots = 1}};
  for (int i = 0; i != 5; ++i) r.add("true");
  const auto back = r.runner.give_back(3);
  ASSERT_EQ(back.size(), 3U);
  EXPECT_EQ(back[0].task, 4U);
  EXPECT_EQ(back[2].task, 2U);
  EXPECT_EQ(r.runner.unfinished(), 2U);
  r.finish();
  EXPECT_EQ(r.done.size(), 2U);
  EXPECT_TRUE(r.runner.give_back(10).empty());
}

TEST(Runner, CollectOnlyLooksWithoutPatience) {
  root r{{}};
  r.add("sleep 30");
  for (int i = 0; i != 100; ++i) r.step(0ms);
  EXPECT_TRUE(r.done.empty());
  r.runner.end_all();
}

/// For a process of its own.
[[noreturn]] void lacking_descriptors() {
  root r{{.slots = 4, .start_patience = 100ms}};
  struct rlimit limit {};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = open_descriptors() + 5;  // enough for one child, not for two
  ::setrlimit(RLIMIT_NOFILE, &limit);
  for (int i = 0; i != 8; ++i) r.add("sleep 0.05");
  r.finish();
  bool good = r.done.size() == 8;
  for (const auto& [task, end] : r.done) good = good && end.how.succeeded();
  limit.rlim_cur = 4;  // not even for one: it is told, after start_patience
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const auto end = r.run("true");
  good = good && end.how.exit_status == 126 && end.how.err.find("could not be started") != std::string::npos;
  std::_Exit(good ? 0 : 1);
}

TEST(Runner, WaitsForDescriptorsThatAreLacking) {
  EXPECT_EXIT(lacking_descriptors(), testing::ExitedWithCode(0), "");
}

/// For a process of its own.
[[noreturn]] void too_many_slots() {
  struct rlimit limit {};
  limit.rlim_cur = limit.rlim_max = 256;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const auto text = message_of<cohort::error>([] { const cohort_farm::process_runner refused{{.slots = 400}}; });
  std::_Exit(text.find("lower --jobs") != std::string::npos ? 0 : 1);
}

TEST(Runner, RefusesMoreSlotsThanDescriptors) {
  EXPECT_EXIT(too_many_slots(), testing::ExitedWithCode(0), "");
}

}  // namespace
