#include "farm/task_journal.hpp"

#include <cohort/journal/writer.hpp>

#include "farm/errors.hpp"
#include "farm/plan.hpp"
#include "farm_test_support.hpp"

namespace {

using namespace farm_test;
using cohort_farm::farm_error;
using cohort_farm::make_plan;
using cohort_farm::options;
using cohort_farm::recorded_end;
using cohort_farm::task_journal;
using cohort_farm::task_list;

task_list three() {
  return task_list::parse("echo a\nfalse\nkill -9 $$\n", "list");
}

recorded_end an_end(std::uint64_t seq, int exit_value = 0) {
  return {.seq = seq,
          .exit_value = exit_value,
          .signal = 0,
          .attempt = 2,
          .rank = 5,
          .start = 1795493431.3441,
          .runtime = 0.25,
          .out_bytes = 1ULL << 40,
          .err_bytes = 7,
          .host = "node-17"};
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(TaskJournal, EndsTravelWhole) {
  const auto end = an_end(3, -1);
  EXPECT_EQ(cohort_farm::decode_end(encode(end)), end);
  auto bytes = encode(recorded_end{});
  EXPECT_EQ(cohort_farm::decode_end(bytes), recorded_end{});
  bytes.pop_back();
  EXPECT_THROW(static_cast<void>(cohort_farm::decode_end(bytes)), cohort_farm::format_error);
}

TEST(TaskJournal, TheLastEndOfATaskCounts) {
  const scratch here;
  {
    auto first = task_journal::open(here / "run", three(), false);
    EXPECT_TRUE(first.ended().empty());
    first.append(an_end(1, 4));
    first.append(an_end(2));
    first.append(an_end(1));
    first.sync();
  }
  const auto found = task_journal::open(here / "run", three(), true);
  EXPECT_EQ(found.ended(), (cohort_farm::recorded_ends{{1, an_end(1)}, {2, an_end(2)}}));
  EXPECT_EQ(task_journal::look(here / "run", three()), found.ended()) << "also while a run has it open";
}

TEST(TaskJournal, BelongsToItsCommands) {
  const scratch here;
  { task_journal::open(here / "run", three(), false).append(an_end(1)); }
  const auto refusal = [&](const std::string& text) {
    return message_of<farm_error>(
        [&] { (void)task_journal::open(here / "run", task_list::parse(text, "other"), true); });
  };
  EXPECT_EQ(refusal("# a comment\necho a\n\nfalse\nkill -9 $$\n"), "");
  for (const auto* other : {"echo a\nfalse\n", "echo a\nfalse\nkill -9 $$\ntrue\n", "false\necho a\nkill -9 $$\n",
                            "echo\na\nfalse\nkill -9 $$\n"}) {
    EXPECT_TRUE(has(refusal(other), "belongs to another list than other")) << other;
  }
}

TEST(TaskJournal, IsNotBegunAnew) {
  const scratch here;
  { (void)task_journal::open(here / "run", three(), false); }
  { task_journal::open(here / "run", three(), false).append(an_end(1)); }  // there was nothing in it
  const auto before = contents(here / "run/journal");
  EXPECT_TRUE(
      has(message_of<farm_error>([&] { (void)task_journal::open(here / "run", three(), false); }), "add --resume"));
  EXPECT_EQ(contents(here / "run/journal"), before);
}

TEST(TaskJournal, EndsOfNoTaskAreAnError) {
  const scratch here;
  { task_journal::open(here / "run", three(), false).append(an_end(4)); }
  EXPECT_TRUE(has(message_of<farm_error>([&] { (void)task_journal::look(here / "run", three()); }),
                  "has an end of task 4 at byte 64, but list has only 3 tasks"));
}

TEST(TaskJournal, LookingMakesNothing) {
  const scratch here;
  EXPECT_TRUE(task_journal::look(here / "run", three()).empty());
  EXPECT_FALSE(std::filesystem::exists(here / "run"));
}

TEST(TaskJournal, WhatOneRecordHasTheOtherGets) {
  const scratch here;
  put(here / "tasks", "true\nfalse\ntrue\ntrue\n");
  options how;
  how.tasks = here / "tasks";
  how.joblog = here / "log";
  how.journal = here / "run";
  {
    const auto begun = make_plan(how);
    EXPECT_EQ(begun.positions, (std::vector<std::uint32_t>{0, 1, 2, 3}));
    begun.journal->append(an_end(1));
    begun.log->append({.seq = 2, .host = "vm", .exit_value = 1, .command = "false"});
  }
  how.resume = true;
  {
    const auto rest = make_plan(how);
    EXPECT_EQ(rest.positions, (std::vector<std::uint32_t>{2, 3}));
    EXPECT_EQ(rest.done_before, 2U);
    EXPECT_EQ(rest.failed_before, 1U);
  }
  const auto tasks = task_list::read(how.tasks);
  const auto recorded = task_journal::look(how.journal, tasks);
  EXPECT_EQ(recorded.size(), 2U);
  EXPECT_EQ(recorded.at(2).exit_value, 1);
  EXPECT_EQ(recorded.at(2).rank, recorded_end::no_rank);
  EXPECT_EQ(cohort_farm::joblog::look(how.joblog, tasks).size(), 2U);
  EXPECT_TRUE(has(contents(how.joblog), "1\tnode-17\t1795493431.344\t     0.250\t0\t1099511627776\t0\t0\ttrue\n"));
  how.resume_failed = true;
  EXPECT_EQ(make_plan(how).positions, (std::vector<std::uint32_t>{1, 2, 3}));
}

}  // namespace
