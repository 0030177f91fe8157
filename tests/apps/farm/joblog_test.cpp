#include "farm/joblog.hpp"

#include "farm/errors.hpp"
#include "farm/task_list.hpp"
#include "farm_test_support.hpp"

#include <csignal>
#include <sys/resource.h>

namespace {

using namespace farm_test;
using cohort_farm::farm_error;
using cohort_farm::joblog;
using cohort_farm::joblog_header;
using cohort_farm::task_list;

const std::string header{joblog_header};
constexpr const char* first = "1\tvm\t1795493431.344\t     0.012\t0\t4\t0\t0\techo a\tb\n";

task_list tasks(const std::string& text = "echo a\tb\nfalse\nkill -9 $$\n") {
  return task_list::parse(text, "list");
}

std::string refusal(const std::string& log) {
  scratch here;
  put(here / "log", log);
  auto text = message_of<farm_error>([&] { (void)joblog::resume(here / "log", tasks()); });
  EXPECT_EQ(contents(here / "log"), log) << "a log that is refused is not changed";
  return text;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Joblog, WritesLikeGnuParallel) {
  scratch here;
  auto log = joblog::create(here / "log");
  EXPECT_EQ(contents(here / "log"), "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n");
  log.append({1, "vm", 1795493431.3441, 0.0123, 0, 4, 0, 0, "echo a\tb"});
  EXPECT_EQ(contents(here / "log"), header + first);
  log.append({2, "vm", 1.0, 123456.7891, 0, 0, -1, 15, "x"});
  log.sync();
  EXPECT_EQ(contents(here / "log"), header + first + "2\tvm\t1.000\t123456.789\t0\t0\t-1\t15\tx\n");
}

TEST(Joblog, ANewLogReplacesTheOld) {
  scratch here;
  put(here / "log", "anything");
  (void)joblog::create(here / "log");
  EXPECT_EQ(contents(here / "log"), header);
}

TEST(Joblog, ResumesWhatItWrote) {
  scratch here;
  {
    auto log = joblog::resume(here / "log", tasks());
    EXPECT_TRUE(log.ended().empty());
    log.append({3, "vm", 1, 1, 0, 0, 0, 9, "kill -9 $$"});
    log.append({2, "vm", 1, 12345.678, 0, 0, 1, 0, "false"});
    log.append({1, "vm", 1, 1.25, 0, 0, 0, 0, "echo a\tb"});
  }
  auto log = joblog::resume(here / "log", tasks());
  ASSERT_EQ(log.ended().size(), 3U);
  EXPECT_TRUE(log.ended().at(1).succeeded());
  EXPECT_EQ(log.ended().at(2).exit_value, 1);
  EXPECT_EQ(log.ended().at(3).signal, 9);
  EXPECT_FALSE(log.ended().at(3).succeeded());
  EXPECT_DOUBLE_EQ(log.ended().at(1).runtime, 1.25);
  EXPECT_DOUBLE_EQ(log.ended().at(2).runtime, 12345.678);
  log.append({2, "vm", 1, 1, 0, 0, 0, 0, "false"});
  log = joblog::create(here / "other");  // the first is closed, and no longer locked
  EXPECT_TRUE(joblog::resume(here / "log", tasks()).ended().at(2).succeeded()) << "the last line counts";
}

TEST(Joblog, CutsATornLastLine) {
  const std::string whole = header + first;
  for (std::size_t n = 0; n != whole.size() + 1; ++n) {
    scratch here;
    put(here / "log", whole.substr(0, n));
    {
      auto log = joblog::resume(here / "log", tasks());
      EXPECT_EQ(log.ended().size(), n == whole.size() ? 1U : 0U);
      log.append({2, "vm", 1, 1, 0, 0, 1, 0, "false"});
    }
    const auto line = "2\tvm\t1.000\t     1.000\t0\t0\t1\t0\tfalse\n";
    ASSERT_EQ(contents(here / "log"), (n == whole.size() ? whole : header) + line) << n;
  }
}

TEST(Joblog, CutsOffWhatALossOfPowerLeft) {
  const std::string nothing(5000, '\0');
  for (const auto& torn : {std::string{}, std::string{"2\tvm\t1.0"}}) {
    scratch here;
    put(here / "log", header + first + torn + nothing);
    EXPECT_EQ(joblog::resume(here / "log", tasks()).ended().size(), 1U);
    EXPECT_EQ(contents(here / "log"), header + first);
  }
  scratch here;
  put(here / "log", nothing);
  EXPECT_TRUE(joblog::resume(here / "log", tasks()).ended().empty());
  EXPECT_EQ(contents(here / "log"), header);
}

TEST(Joblog, ALookChangesNothing) {
  scratch here;
  EXPECT_TRUE(joblog::look(here / "log", tasks()).empty());
  EXPECT_FALSE(std::filesystem::exists(here / "log"));
  put(here / "log", header + first + "2\tvm");
  const auto used = joblog::resume(here / "other", tasks());
  EXPECT_EQ(joblog::look(here / "log", tasks()).size(), 1U);
  EXPECT_EQ(contents(here / "log"), header + first + "2\tvm");
  put(here / "log", "int main() {}\n");
  EXPECT_THROW((void)joblog::look(here / "log", tasks()), farm_error);
}

TEST(Joblog, RefusesWhatIsNotItsOwn) {
  EXPECT_TRUE(has(refusal("int main() {}\n"), "is no log"));
  EXPECT_TRUE(has(refusal("no newline"), "is no log"));
  EXPECT_TRUE(has(refusal("Seq\tHost\n"), "is no log"));
  EXPECT_TRUE(has(refusal(header + "garbage\n"), "log:2 is no line of a log"));
  EXPECT_TRUE(has(refusal(header + first + "0\tvm\t1\t1\t0\t0\t0\t0\tx\n"), "log:3 is no line"));
  EXPECT_TRUE(has(refusal(header + "1\tvm\t1\t1\t0\t0\tx\t0\techo a\tb\n"), "log:2 is no line"));
  const auto other = refusal(header + "2\tvm\t1\t1\t0\t0\t0\t0\ttrue\n");
  EXPECT_TRUE(has(other, "log:2 has \"true\" as task 2, but list:2 has \"false\"")) << other;
  const auto more = refusal(header + "7\tvm\t1\t1\t0\t0\t0\t0\ttrue\n");
  EXPECT_TRUE(has(more, "log:2 has task 7, but list has only 3")) << more;
}

TEST(Joblog, RefusesASecondRun) {
  scratch here;
  const auto log = joblog::create(here / "log");
  const auto text = message_of<farm_error>([&] { (void)joblog::resume(here / "log", tasks()); });
  EXPECT_TRUE(has(text, "another run writes to it")) << text;
  EXPECT_TRUE(has(message_of<farm_error>([&] { (void)joblog::create(here / "log"); }), "in use"));
}

TEST(Joblog, SaysWhyItCannotWrite) {
  scratch here;
  EXPECT_TRUE(has(message_of<farm_error>([&] { (void)joblog::create(here / "no/log"); }), "make its directory"));
  EXPECT_TRUE(has(message_of<farm_error>([&] { (void)joblog::create(here.path()); }), "name a file"));
  const auto full = message_of<farm_error>([] { (void)joblog::create("/dev/full"); });
  EXPECT_TRUE(has(full, "No space left on device")) << full;
}

/// For a process of its own, whose limit it lowers: a disk that fills up within a line.
bool full_disk_is_told() {
  scratch here;
  bool good = false;
  {
    auto log = joblog::create(here / "log");
    ::signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit {};
    limit.rlim_cur = limit.rlim_max = header.size() + 10;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto text = message_of<farm_error>([&] { log.append({1, "vm", 1, 1, 0, 0, 0, 0, "echo a\tb"}); });
    good = has(text, "--resume") && contents(here / "log").size() == header.size() + 10;
  }
  good = good && joblog::resume(here / "log", tasks()).ended().empty() && contents(here / "log") == header;
  return good;
}

TEST(Joblog, AFullDiskIsTold) {
  EXPECT_EXIT(std::_Exit(full_disk_is_told() ? 0 : 1), testing::ExitedWithCode(0), "");
}

/// What a shell command prints; empty if it cannot be run.
std::string output_of(const std::string& command) {
  std::string text;
  if (FILE* pipe = ::popen(command.c_str(), "r")) {
    char buffer[4096];
    while (const auto got = std::fread(buffer, 1, sizeof buffer, pipe)) text.append(buffer, got);
    ::pclose(pipe);
  }
  return text;
}

bool have_parallel() {
  return has(output_of("parallel --version 2>/dev/null"), "GNU parallel");
}

TEST(JoblogWithGnuParallel, ItsLogIsAccepted) {
  if (!have_parallel()) GTEST_SKIP() << "GNU parallel is not installed";
  scratch here;
  put(here / "list", "echo a\tb\nfalse\nkill -9 $$\n");
  (void)output_of("parallel --will-cite -j1 --joblog " + here / "log" + " < " + here / "list" + " 2>/dev/null");
  const auto log = joblog::resume(here / "log", task_list::read(here / "list"));
  ASSERT_EQ(log.ended().size(), 3U);
  EXPECT_TRUE(log.ended().at(1).succeeded());
  EXPECT_EQ(log.ended().at(2).exit_value, 1);
  EXPECT_EQ(log.ended().at(3).signal, 9);
}

TEST(JoblogWithGnuParallel, ItResumesOurs) {
  if (!have_parallel()) GTEST_SKIP() << "GNU parallel is not installed";
  scratch here;
  put(here / "list", "echo one\necho two\necho three\n");
  const auto resume = "parallel --will-cite -j1 -k --joblog " + here / "log" + " --resume";
  {
    auto log = joblog::create(here / "log");
    log.append({1, "node17", 1795493431.344, 0.01, 0, 4, 0, 0, "echo one"});
    log.append({2, "node17", 1795493431.344, 12.01, 0, 4, 1, 0, "echo two"});
  }
  EXPECT_EQ(output_of(resume + " < " + here / "list" + " 2>&1"), "three\n");
  EXPECT_EQ(output_of(resume + "-failed < " + here / "list" + " 2>&1"), "two\n");
  // And what it appended is ours again.
  const auto log = joblog::resume(here / "log", task_list::read(here / "list"));
  ASSERT_EQ(log.ended().size(), 3U);
  EXPECT_TRUE(log.ended().at(2).succeeded());
}

}  // namespace
