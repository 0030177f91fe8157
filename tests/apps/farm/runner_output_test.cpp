// Outputs of children: large, binary, many, unreadable, and files of --results.
#include "farm/errors.hpp"
#include "farm_test_support.hpp"

#include <fcntl.h>
#include <sys/resource.h>

#if defined(__SANITIZE_ADDRESS__)
#define FARM_TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FARM_TEST_SANITIZED 1
#endif
#endif

namespace {

using namespace farm_test;
using cohort_farm::completion;
using cohort_farm::stream;

/// Kilobytes of memory that this process has had at most, or has now.
long memory(const std::string& what) {
  std::ifstream in{"/proc/self/status"};
  for (std::string line; std::getline(in, line);) {
    if (line.rfind(what, 0) == 0) return std::stol(line.substr(what.size() + 1));
  }
  return 0;
}

TEST(RunnerOutput, BinaryComesUnchanged) {
  root r{{}};
  EXPECT_EQ(r.run("printf 'a\\0b\\377\\n\\0'").how.out, std::string("a\0b\377\n\0", 6));
}

TEST(RunnerOutput, LargeOnesAreKeptAndFetched) {
  root r{{}};
  const auto end = r.run("seq 1 100000; seq 5 >&2");
  EXPECT_EQ(end.how.where, completion::place::at_runner);
  EXPECT_TRUE(end.how.out.empty());
  std::string expected;
  for (int i = 1; i <= 100000; ++i) expected += std::to_string(i) + "\n";
  EXPECT_EQ(end.how.out_bytes, expected.size());
  EXPECT_EQ(end.how.err_bytes, 10U);
  EXPECT_TRUE(r.fetch_all({0, 0}, stream::out) == expected);
  EXPECT_EQ(r.fetch_all({0, 0}, stream::err), "1\n2\n3\n4\n5\n");
  EXPECT_EQ(r.runner.kept(), 1U);
  r.runner.message(encode(cohort_farm::release{{0, 0}}));
  EXPECT_EQ(r.runner.kept(), 0U);
  EXPECT_EQ(r.fetch_all({0, 0}, stream::out), "");  // a fetch for what is not here is answered, by nothing
}

TEST(RunnerOutput, TheLimitCountsBothStreams) {
  root r{{}};
  EXPECT_EQ(r.run("head -c 65536 /dev/zero").how.where, completion::place::here);
  EXPECT_EQ(r.run("head -c 65536 /dev/zero; echo >&2").how.where, completion::place::at_runner);
  EXPECT_EQ(r.fetch_all({1, 0}, stream::out).size(), 65536U);
  EXPECT_EQ(r.fetch_all({1, 0}, stream::err), "\n");
}

TEST(RunnerOutput, AHundredMegabytesInLittleMemory) {
  root r{{}};
  [[maybe_unused]] const auto before = memory("VmRSS:");
  const auto end = r.run("yes 0123456789abcde | head -c 100000000");
  EXPECT_EQ(end.how.out_bytes, 100000000U);
  std::uint64_t fetched = 0;
  bool right = true;
  while (fetched < end.how.out_bytes) {
    r.got.clear();
    r.runner.message(encode(cohort_farm::fetch{{0, 0}, stream::out, fetched, cohort_farm::largest_chunk}));
    r.step(0ms);
    ASSERT_FALSE(r.got.empty());
    for (std::size_t i = 0; i < r.got.size(); i += 997) {
      right = right && r.got[i] == "0123456789abcde\n"[(fetched + i) % 16];
    }
    fetched += r.got.size();
  }
  EXPECT_TRUE(right);
#ifndef FARM_TEST_SANITIZED
  EXPECT_LT(memory("VmHWM:") - before, 32 * 1024);
#endif
}

TEST(RunnerOutput, ThousandsOfUnreleasedOnesCostOneDescriptor) {
  constexpr std::uint64_t n = 5000;
  const auto before = open_descriptors();
  root r{{.slots = 2}};
  [[maybe_unused]] const auto memory_before = memory("VmRSS:");
  for (std::uint64_t i = 0; i != n; ++i) r.add("head -c 70000 /dev/zero");
  r.finish();
  EXPECT_EQ(r.runner.kept(), n);
  EXPECT_EQ(open_descriptors(), before + 1);
#ifndef FARM_TEST_SANITIZED
  EXPECT_LT(memory("VmHWM:") - memory_before, 32 * 1024);
#endif
  for (std::uint64_t i = 0; i != n; ++i) {
    ASSERT_EQ(r.done[i].how.out_bytes, 70000U);
    if (i % 100 == 0) {
      ASSERT_EQ(r.fetch_all({i, 0}, stream::out), std::string(70000, '\0'));
    }
    r.runner.message(encode(cohort_farm::release{{i, 0}}));
  }
  EXPECT_EQ(r.runner.kept(), 0U);
}

TEST(RunnerOutput, ABackgroundProcessThatHoldsThePipeIsNotWaitedFor) {
  scratch here;
  root r{{}};
  const auto end = r.run("sleep 300 & echo $! > " + here / "pid" + "; echo done");
  EXPECT_EQ(end.how.out, "done\n");
  const auto pid = static_cast<pid_t>(std::stol(contents(here / "pid")));
  EXPECT_TRUE(alive(pid));
  ::kill(pid, SIGKILL);
}

TEST(RunnerOutput, ABackgroundProcessThatWritesForEverIsNotReadForEver) {
  root r{{}};
  const auto end = r.run("yes & echo $! >&2");
  EXPECT_EQ(end.how.exit_status, 0);
  const auto pid = static_cast<pid_t>(
      std::stol(end.how.where == completion::place::here ? end.how.err : r.fetch_all({0, 0}, stream::err)));
  EXPECT_TRUE(eventually([pid] { return !alive(pid); }));  // by SIGPIPE
}

TEST(RunnerOutput, LostOutputIsAFailureThatSaysSo) {
  scratch here;
  root r{{.temporary = here / "missing"}};
  const auto end = r.run("head -c 200000 /dev/zero");
  EXPECT_EQ(end.what, report::kind::failed);
  EXPECT_EQ(end.how.exit_status, 74);
  EXPECT_EQ(end.how.where, completion::place::here);  // the beginning, as much as memory takes
  EXPECT_EQ(end.how.out, std::string(end.how.out_bytes, '\0'));
  EXPECT_GE(end.how.out_bytes, 1U);
  const auto& message = end.how.err;
  EXPECT_NE(message.find("are lost"), std::string::npos) << message;
  EXPECT_NE(message.find("TMPDIR"), std::string::npos);
}

TEST(RunnerOutput, ResultsGoToFiles) {
  scratch here;
  root r{{.results = here / "deep/out"}};
  const auto end = r.run("echo hello; echo oops >&2; exit 3");
  EXPECT_EQ(end.what, report::kind::failed);
  EXPECT_EQ(end.how.where, completion::place::in_files);
  EXPECT_EQ(end.how.out_bytes, 6U);
  EXPECT_EQ(end.how.err_bytes, 5U);
  EXPECT_EQ(end.how.out + end.how.err, "");
  EXPECT_EQ(contents(here / "deep/out/1/stdout"), "hello\n");
  EXPECT_EQ(contents(here / "deep/out/1/stderr"), "oops\n");
  const auto status = contents(here / "deep/out/1/status");
  EXPECT_EQ(status.rfind("exitval\t3\nsignal\t0\nattempt\t1\nhost\t", 0), 0U) << status;
  EXPECT_NE(status.find("command\techo hello; echo oops >&2; exit 3\n"), std::string::npos) << status;
  const std::filesystem::directory_iterator all{here / "deep/out/1"};
  EXPECT_EQ(std::distance(begin(all), std::filesystem::end(all)), 3) << "nothing temporary is left";
}

TEST(RunnerOutput, ANewAttemptEmptiesTheFilesOfTheLast) {
  scratch here;
  root r{{.results = here.path()}};
  r.runner.accept({0, 0}, encode(cohort_farm::task_order{1, "echo a long first line; exit 1"}));
  r.finish();
  r.runner.accept({1, 0}, encode(cohort_farm::task_order{1, "test ! -e " + here / "1/status" + " && echo short"}));
  r.finish();
  EXPECT_EQ(r.done[1].how.exit_status, 0);
  EXPECT_EQ(contents(here / "1/stdout"), "short\n");
}

TEST(RunnerOutput, AnAttemptThatEndsLateDoesNotTouchItsSuccessorsFiles) {
  scratch here;
  root r{{.slots = 2, .results = here.path()}};
  r.runner.accept(
      {0, 0}, encode(cohort_farm::task_order{1, "trap 'while ! test -e " + here / "go" +
                                                    "; do sleep 0.01; done; echo late; exit 3' TERM; " + "echo > " +
                                                    here / "ready" + "; while :; do sleep 0.01; done"}));
  EXPECT_TRUE(eventually([&] {
    r.step(1ms);
    return std::filesystem::exists(here / "ready");
  }));
  r.runner.stop({0, 0});
  r.runner.accept({1, 1}, encode(cohort_farm::task_order{1, "echo second", 1}));
  EXPECT_TRUE(eventually([&] {
    r.step(1ms);
    return r.done.count(1) != 0;
  }));
  put(here / "go", "");
  r.finish();
  EXPECT_EQ(r.done[0].what, report::kind::stopped);
  EXPECT_EQ(r.done[0].how.out_bytes, 5U);
  EXPECT_EQ(r.done[1].how.out_bytes, 7U);
  EXPECT_EQ(contents(here / "1/stdout"), "second\n");
  const auto status = contents(here / "1/status");
  EXPECT_EQ(status.rfind("exitval\t0\nsignal\t0\nattempt\t2\n", 0), 0U) << status;
}

TEST(RunnerOutput, ResultsAreCheckedBeforeTheRun) {
  scratch here;
  cohort_farm::result_files{here / "a/b"}.check();
  EXPECT_TRUE(std::filesystem::is_empty(here / "a/b"));
  put(here / "file", "");
  EXPECT_THROW(cohort_farm::result_files{here / "file"}.check(), cohort_farm::farm_error);
}

TEST(RunnerOutput, UnwritableResultsAreACompletionThatSaysSo) {
  scratch here;
  put(here / "file", "");
  root r{{.results = here / "file"}};
  const auto end = r.run("true");
  EXPECT_EQ(end.what, report::kind::failed);
  EXPECT_EQ(end.how.exit_status, 126);
  EXPECT_NE(end.how.err.find("--results"), std::string::npos) << end.how.err;
}

}  // namespace
