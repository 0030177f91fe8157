// What a run tells: progress, summary, outputs.
#include "farm/errors.hpp"
#include "farm/interruption.hpp"
#include "farm/joblog.hpp"
#include "farm/losses.hpp"
#include "farm/output_writer.hpp"
#include "farm/printer.hpp"
#include "farm/report/progress.hpp"
#include "farm/report/summary.hpp"
#include "farm_test_support.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <numeric>
#include <sys/mman.h>
#include <thread>

namespace {

using namespace farm_test;
using cohort_farm::as_bytes;
using cohort_farm::output_writer;
using cohort_farm::progress_line;
using cohort_farm::readable_seconds;
using cohort_farm::run_figures;
using cohort_farm::stream;
using cohort_farm::summary;

TEST(Progress, Line) {
  EXPECT_EQ(progress_line({.total = 1000, .running = 4}), "  0% 0/1000 done, 4 running");
  EXPECT_EQ(progress_line({.total = 1000, .done = 400, .failed = 2, .running = 8, .seconds = 32}),
            " 40% 400/1000 done, 2 failed, 8 running, 12.5/s, 48 s left");
  EXPECT_EQ(progress_line({.total = 100, .earlier = 50, .done = 25, .running = 1, .seconds = 100}),
            " 75% 75/100 done, 1 running, 15.0/min, 1 min 40 s left");
  EXPECT_EQ(progress_line({.total = 10, .done = 10, .seconds = 1}), "100% 10/10 done, 0 running, 10.0/s, 0 s left");
  EXPECT_EQ(progress_line({.total = 1000, .done = 400, .failed = 2, .running = 8, .seconds = 32}, 20).size(), 20U);
  EXPECT_EQ(progress_line({}), "100% 0/0 done, 0 running");
}

TEST(Progress, Seconds) {
  EXPECT_EQ(readable_seconds(0), "0 s");
  EXPECT_EQ(readable_seconds(0.2), "1 s");
  EXPECT_EQ(readable_seconds(60), "1 min 0 s");
  EXPECT_EQ(readable_seconds(7500), "2 h 5 min");
  EXPECT_EQ(readable_seconds(100 * 3600.0), "4 d 4 h");
  EXPECT_EQ(readable_seconds(1e300), "years");
}

TEST(Progress, ShowsAFewLinesASecondAndTakesThemAway) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  {
    cohort_farm::progress_display none{ends[1], false};
    none.update({.total = 9}, {});
    cohort_farm::progress_display shown{ends[1], true};
    const auto now = std::chrono::steady_clock::now();
    for (int i = 0; i != 100; ++i) shown.update({.total = 9, .running = 1}, now + i * 2ms);
    EXPECT_FALSE(shown.due(now + 199ms));
    EXPECT_TRUE(shown.due(now + 200ms));
  }
  ::close(ends[1]);
  char buffer[4096];
  const auto got = ::read(ends[0], buffer, sizeof buffer);
  ::close(ends[0]);
  EXPECT_EQ(std::string(buffer, static_cast<std::size_t>(got)), "\r  0% 0/9 done, 1 running\x1b[K\r\x1b[K");
}

TEST(Summary, SmallRun) {
  cohort_farm::run_figures run;
  run.total = 100;
  run.earlier = 10;
  run.succeeded = 70;
  run.failed = 5;
  run.timed_out = 2;
  run.retried = 3;
  run.seconds = 10;
  run.ranks = {{0, "alpha", 40, 9.5, 1}, {1, "beta", 35, 12, 2}};
  run.note = "Ended early.";
  EXPECT_EQ(
      summary(run),
      "cohort-farm: 85 of 100 tasks done (10 in earlier runs), 5 failed (2 timed out), 3 retried, 15 not run; "
      "10.0 s (7.5 commands/s)\n"
      "  Ended early.\n"
      "  rank  host        tasks    busy\n"
      "     0  alpha          40     95%\n"
      "     1  beta           35     60%\n");
}

TEST(Summary, EarlierFailuresAndOutputsThatNobodyTook) {
  cohort_farm::run_figures run;
  run.total = 5;
  run.earlier = 3;
  run.earlier_failed = 2;
  run.succeeded = 2;
  run.unread = 1;
  run.seconds = 1;
  EXPECT_EQ(
      summary(run),
      "cohort-farm: 5 of 5 tasks done (3 in earlier runs, 2 of them failed; --resume-failed runs these again), "
      "0 failed, the output of 1 not taken; 1.0 s (2.0 commands/s)\n");
}

TEST(Summary, ManyRanksAreCondensed) {
  cohort_farm::run_figures run;
  run.total = run.succeeded = 170;
  run.seconds = 100;
  for (std::uint32_t i = 0; i != 17; ++i) run.ranks.push_back({i, i % 2 != 0 ? "a" : "b", i + 1ULL, i * 5.0, 1});
  EXPECT_EQ(summary(run),
            "cohort-farm: 170 of 170 tasks done, 0 failed; 100.0 s (1.7 commands/s)\n"
            "  17 ranks on 2 hosts: tasks 1 / 9 / 17, busy 0% / 40% / 80% (least / median / most)\n");
}

TEST(Summary, NothingDone) {
  EXPECT_EQ(cohort_farm::summary({}), "cohort-farm: 0 of 0 tasks done, 0 failed; 0.0 s (0.0 commands/s)\n");
}

struct pipes {
  pipes() {
    EXPECT_EQ(::pipe(ends), 0);
    ::signal(SIGPIPE, SIG_IGN);
  }
  pipes(const pipes&) = delete;
  pipes& operator=(const pipes&) = delete;
  ~pipes() {
    for (const int fd : ends) ::close(fd);
    ::signal(SIGPIPE, SIG_DFL);
  }
  int ends[2] = {-1, -1};
};

TEST(OutputWriter, WritesAllToASlowReader) {
  pipes p;
  ::fcntl(p.ends[1], F_SETFL, O_NONBLOCK);  // partial writes and EAGAIN
  std::string expected;
  std::string got;
  std::thread reader{[&] {
    char buffer[5000];
    for (;;) {
      const auto n = ::read(p.ends[0], buffer, sizeof buffer);
      if (n <= 0) return;
      got.append(buffer, static_cast<std::size_t>(n));
    }
  }};
  output_writer out{p.ends[1], p.ends[1]};
  for (std::size_t i = 0; i != 400; ++i) {
    const std::string piece(i * 37 % 9000, static_cast<char>(i));
    const auto to = i % 3 == 0 ? stream::err : stream::out;
    out.write(to, as_bytes(piece));
    expected += piece;
  }
  out.write(stream::out, as_bytes(std::string(3000000, 'x')));
  expected += std::string(3000000, 'x');
  while (!out.flush(output_writer::clock::now() + std::chrono::milliseconds{20})) continue;
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(out.written(), expected.size());
  ::close(p.ends[1]);
  p.ends[1] = -1;
  reader.join();
  EXPECT_TRUE(got == expected) << "everything, in the order of the calls";
}

TEST(OutputWriter, AReaderThatHasStoppedHoldsUpNobody) {
  pipes p;  // which block
  output_writer out{p.ends[1], p.ends[1]};
  const std::string much(500000, 'x');
  out.write(stream::out, as_bytes(much));
  EXPECT_FALSE(out.flush());
  EXPECT_TRUE(out.full());
  EXPECT_FALSE(out.empty());
  out.write(stream::err, as_bytes("!"));
  std::string got(much.size() + 1, ' ');
  for (std::size_t at = 0; at != got.size();) {
    const auto n = ::read(p.ends[0], got.data() + at, got.size() - at);
    ASSERT_GT(n, 0);
    at += static_cast<std::size_t>(n);
    (void)out.flush();
  }
  EXPECT_TRUE(out.flush());
  EXPECT_TRUE(got == much + "!");
}

TEST(OutputWriter, AReaderThatLeavesIsNoError) {
  pipes p;
  ::close(p.ends[0]);
  p.ends[0] = -1;
  output_writer out{p.ends[1], p.ends[1]};
  EXPECT_FALSE(out.reader_gone());
  out.write(stream::out, as_bytes("hello"));
  out.flush();
  EXPECT_TRUE(out.reader_gone());
  out.write(stream::out, as_bytes(std::string(100000, 'x')));
  out.flush();
  EXPECT_EQ(out.written(), 0U);
}

TEST(OutputWriter, KnowsWhetherALineIsUnfinished) {
  pipes p;
  pipes q;
  output_writer apart{p.ends[1], q.ends[1]};
  EXPECT_FALSE(apart.in_line());
  apart.write(stream::out, as_bytes("x"));
  apart.flush();
  EXPECT_FALSE(apart.in_line()) << "elsewhere";
  apart.write(stream::err, as_bytes("x"));
  apart.flush();
  EXPECT_TRUE(apart.in_line());
  output_writer together{p.ends[1], p.ends[1]};
  together.write(stream::err, as_bytes("x"));
  together.write(stream::out, as_bytes("y\n"));
  together.flush();
  EXPECT_FALSE(together.in_line());
  together.write(stream::out, as_bytes("z"));
  together.flush();
  EXPECT_TRUE(together.in_line());
}

TEST(Printer, LogsOnlyWhatWasTaken) {
  pipes p;
  scratch here;
  auto log = cohort_farm::joblog::create(here / "log");
  cohort_farm::printer out{{&log, nullptr}, output_writer{p.ends[1], STDERR_FILENO}};
  const auto ended = [](std::uint64_t task) {
    cohort_farm::printable result{0, {task, 0}, {}, "echo x", "vm"};
    result.how.seq = task + 1;
    result.how.out = "x\n";
    result.how.out_bytes = 2;
    return result;
  };
  out.add(ended(0));
  EXPECT_EQ(out.lost(), 0U);
  ::close(std::exchange(p.ends[0], -1));
  out.add(ended(1));
  EXPECT_TRUE(out.closed());
  EXPECT_EQ(out.lost(), 1U);
  auto failed = ended(2);
  failed.how.exit_status = 3;
  out.add(std::move(failed));
  EXPECT_EQ(out.lost(), 2U);
  EXPECT_EQ(out.lost_failed(), 1U);
  const auto text = contents(here / "log");
  EXPECT_NE(text.find("\n1\tvm"), std::string::npos) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2) << text;
}

TEST(Printer, LogsWhenASlowReaderHasTakenAll) {
  pipes p;
  scratch here;
  auto log = cohort_farm::joblog::create(here / "log");
  cohort_farm::printer out{{&log, nullptr}, output_writer{p.ends[1], STDERR_FILENO}};
  const auto logged = [&] {
    const auto text = contents(here / "log");
    return std::count(text.begin(), text.end(), '\n') - 1;
  };
  constexpr std::size_t size = 150000;  // more than a pipe holds
  for (std::uint64_t task = 0; task != 2; ++task) {
    cohort_farm::printable ended{0, {task, 0}, {}, "x", "vm"};
    ended.how.seq = task + 1;
    ended.how.out = std::string(size, 'x');
    ended.how.out_bytes = size;
    out.add(std::move(ended));
  }
  EXPECT_EQ(logged(), 0);
  std::string got(2 * size, ' ');
  for (std::size_t at = 0; at != got.size();) {
    const auto n = ::read(p.ends[0], got.data() + at, std::min<std::size_t>(got.size() - at, 10000));
    ASSERT_GT(n, 0);
    at += static_cast<std::size_t>(n);
    out.pump();
    EXPECT_LE(logged(), static_cast<std::ptrdiff_t>((at + 65536) / size)) << at;
  }
  out.pump(std::chrono::milliseconds{1});
  EXPECT_EQ(logged(), 2);
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(out.lost(), 0U);
}

TEST(Interruption, LeavesIgnoredSignalsAloneAndRestoresTheOthers) {
  const auto handler = [](int number) {
    struct sigaction now {};
    ::sigaction(number, nullptr, &now);
    return now.sa_handler;
  };
  using function = void (*)(int);
  const function mine = [](int) {};
  ::signal(SIGHUP, SIG_IGN);
  ::signal(SIGTERM, mine);
  {
    const cohort_farm::interruption watch;
    EXPECT_EQ(handler(SIGHUP), SIG_IGN);
    EXPECT_NE(handler(SIGTERM), mine);
  }
  EXPECT_EQ(handler(SIGHUP), SIG_IGN);
  EXPECT_EQ(handler(SIGTERM), mine);
  ::signal(SIGHUP, SIG_DFL);
  ::signal(SIGTERM, SIG_DFL);
}

TEST(Summary, TellsLostRanks) {
  run_figures run;
  run.total = run.succeeded = 5;
  run.lost_ranks = 2;
  run.run_again = 3;
  run.seconds = 1;
  EXPECT_NE(summary(run).find("5 of 5 tasks done, 0 failed, lost: 2 ranks, 3 tasks run again; 1.0 s"),
            std::string::npos)
      << summary(run);
  run.replaced = 1;
  EXPECT_NE(summary(run).find(", lost: 2 ranks (1 replaced), 3 tasks run again;"), std::string::npos)
      << summary(run);
  run.replaced = 0;
  run.lost_ranks = run.run_again = 1;
  EXPECT_NE(summary(run).find(", lost: 1 rank, 1 task run again;"), std::string::npos) << summary(run);
}

TEST(Losses, AreToldWithWhatRanThere) {
  using cohort_farm::describe;
  EXPECT_EQ(describe({3, "node1", "it is gone", {}}),
            "cohort-farm: rank 3 on node1 is lost (it is gone); it ran nothing\n");
  EXPECT_EQ(describe({3, "", "it is gone", {7}}),
            "cohort-farm: rank 3 is lost (it is gone); task 7 runs again elsewhere\n");
  std::vector<std::uint64_t> many(23);
  std::iota(many.begin(), many.end(), 1);
  EXPECT_EQ(
      describe({3, "a", "b", many}),
      "cohort-farm: rank 3 on a is lost (b); tasks 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, "
      "19, 20 and 3 more run again elsewhere\n");
  EXPECT_NE(cohort_farm::deadly(7).find("task 7 has failed"), std::string::npos);
}

TEST(Printer, TellsOutputsThatAreLostWithTheirRank) {
  const int out = ::memfd_create("out", 0);
  const int err = ::memfd_create("err", 0);
  cohort_farm::printer print{{}, output_writer{out, err}};
  int asked = 0;
  print.connect([&](cohort::dispatch::worker_id, const cohort_farm::bytes&) { ++asked; });
  for (const std::uint32_t rank : {1U, 2U}) {
    cohort_farm::completion how;
    how.seq = rank;
    how.where = cohort_farm::completion::place::at_runner;
    how.out_bytes = 100;
    how.signal = rank == 1 ? SIGSEGV : 0;
    print.add({rank, {rank, 0}, std::move(how), "x", "a"});
  }
  EXPECT_EQ(asked, 1);
  print.lose(2);  // whose turn has not come
  EXPECT_EQ(print.lost(), 0U);
  print.lose(1);
  EXPECT_TRUE(print.empty());
  EXPECT_EQ(print.lost(), 2U);
  EXPECT_EQ(print.lost_failed(), 1U);
  EXPECT_EQ(asked, 1);
  EXPECT_TRUE(print.problem().empty());
  char text[2000] = "";
  EXPECT_GT(::pread(err, text, sizeof text - 1, 0), 0);
  EXPECT_NE(std::string{text}.find("output of task 2 is lost with rank 2, which kept it (0 of 100 bytes"),
            std::string::npos)
      << text;
  ::close(out);
  ::close(err);
}

TEST(Printer, GoesOnWithoutAnOutputThatItsRankCannotRead) {
  const int out = ::memfd_create("out", 0);
  const int err = ::memfd_create("err", 0);
  cohort_farm::printer print{{}, output_writer{out, err}};
  std::vector<cohort_farm::request> asked;
  print.connect([&](cohort::dispatch::worker_id, const cohort_farm::bytes& text) {
    asked.push_back(cohort_farm::decode_request(text));
  });
  for (const std::uint32_t task : {1U, 2U}) {
    cohort_farm::completion how;
    how.seq = task;
    how.where = cohort_farm::completion::place::at_runner;
    how.out_bytes = 3;
    print.add({5, {task, 0}, std::move(how), "x", "a"});
  }
  const auto text = as_bytes("abc");
  print.receive({{1, 0}, stream::out, 0, text.subspan(0, 2)});
  print.receive({{1, 0}, stream::out, 2, {}});
  EXPECT_EQ(print.lost(), 1U);
  print.receive({{2, 0}, stream::out, 0, text});
  EXPECT_TRUE(print.empty());
  EXPECT_EQ(print.lost(), 1U);
  EXPECT_TRUE(print.problem().empty()) << print.problem();
  // Fetched twice and given up, fetched and done with.
  EXPECT_EQ(asked.size(), 5U);
  EXPECT_TRUE(asked.size() == 5 && std::holds_alternative<cohort_farm::release>(asked[2]));
  char said[2000] = "";
  EXPECT_GT(::pread(err, said, sizeof said - 1, 0), 0);
  EXPECT_NE(std::string{said}.find("output of task 1 is lost by rank 5, which kept it (2 of 3 bytes"),
            std::string::npos)
      << said;
  EXPECT_EQ(::pread(out, said, sizeof said - 1, 0), 5);
  EXPECT_EQ(std::string(said, 5), "ababc");
  ::close(out);
  ::close(err);
}

TEST(OutputWriter, AFullDiskIsTold) {
  const int full = ::open("/dev/full", O_WRONLY);
  output_writer out{full, full};
  out.write(stream::out, as_bytes("hello"));
  const auto text = message_of<cohort_farm::farm_error>([&] { out.flush(); });
  EXPECT_NE(text.find("No space left on device"), std::string::npos) << text;
  out.flush();  // told once
  ::close(full);
  output_writer closed{-1, -1};
  closed.write(stream::err, as_bytes("x"));
  EXPECT_NE(message_of<cohort_farm::farm_error>([&] { closed.flush(); }).find("it is closed"), std::string::npos);
}

}  // namespace
