// What cohort-run makes of a job's end.

#include "run/outcome.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <string>

namespace {

using namespace cohort_run;
using cohort::cluster::verdict;

TEST(Outcome, OfAnOrdinaryJobIsMpirunsStatus) {
  EXPECT_EQ(judge({.mpirun = 0}).status, 0);
  EXPECT_EQ(judge({.mpirun = 3}).status, 3);
  EXPECT_EQ(judge({.mpirun = 139}).status, 139);
  EXPECT_EQ(judge({.mpirun = 137, .verdict = verdict{0, ""}}).status, 137) << "a rank died after it";
  EXPECT_EQ(judge({.mpirun = 0, .verdict = verdict{4, ""}}).status, 4);
  EXPECT_EQ(judge({}).status, 1);
  EXPECT_EQ(judge({.mpirun = 3}).message, "");
}

TEST(Outcome, OfAJobWhoseMpirunHungIsThatOfItsRanks) {
  EXPECT_EQ(judge({.mpirun = 3, .hung = true}).status, 3);
  EXPECT_EQ(judge({.mpirun = 3, .hung = true}).message, "");
  const auto unknown = judge({.mpirun = 0, .hung = true});
  EXPECT_EQ(unknown.status, 1);
  EXPECT_NE(unknown.message.find("mpirun hung when all ranks on this host had ended"), std::string::npos);
  EXPECT_EQ(judge({.mpirun = 0, .verdict = verdict{4, ""}, .hung = true}).status, 4);
  EXPECT_EQ(judge({.fault_tolerant = true, .mpirun = 143, .verdict = verdict{0, ""}, .hung = true}).status, 0);
}

TEST(Outcome, OfAnInterruptedJob) {
  EXPECT_EQ(judge({.mpirun = 1, .interrupted_by = SIGINT}).status, 130);
  EXPECT_EQ(judge({.mpirun = 1, .interrupted_by = SIGTERM}).status, 143);
  EXPECT_EQ(judge({.interrupted_by = SIGHUP}).status, 129);
  EXPECT_EQ(judge({.mpirun = 0, .interrupted_by = SIGINT}).status, 0) << "it had ended already";
  EXPECT_EQ(judge({.mpirun = 1, .verdict = verdict{75, "resume me"}, .interrupted_by = SIGTERM}).status, 75);
  EXPECT_EQ(judge({.mpirun = 1, .verdict = verdict{0, "done"}, .interrupted_by = SIGTERM}).status, 0);
}

TEST(Outcome, OfAJobThatWasNotStarted) {
  const auto result = judge({.mpirun = 255, .not_started = true});
  EXPECT_EQ(result.status, 125);
  EXPECT_NE(result.message.find("cohort-info"), std::string::npos);
  EXPECT_EQ(judge({.fault_tolerant = true, .mpirun = 132, .not_started = true}).status, 125);
  EXPECT_EQ(judge({.mpirun = 1, .interrupted_by = SIGINT, .not_started = true}).status, 130);
  EXPECT_EQ(judge({.mpirun = 0, .not_started = true}).status, 0) << "it was the program that said it";
}

TEST(Outcome, OutputThatIsLostIsNoSuccess) {
  EXPECT_EQ(judge({.mpirun = 0, .output_error = ENOSPC}).status, 125);
  EXPECT_EQ(judge({.mpirun = 3, .output_error = ENOSPC}).status, 3);
  EXPECT_EQ(judge({.mpirun = 1, .interrupted_by = SIGPIPE, .output_error = EPIPE}).status, 141);
  EXPECT_EQ(judge({.mpirun = 0, .output_error = EPIPE}).status, 141) << "it had ended already";
  EXPECT_EQ(judge({.fault_tolerant = true, .mpirun = 0, .verdict = verdict{0, ""}, .output_error = EIO}).status,
            125);
}

TEST(Outcome, OfAFaultTolerantJobIsItsVerdict) {
  EXPECT_EQ(judge({.fault_tolerant = true, .mpirun = 0, .verdict = verdict{5, ""}}).status, 5);
  EXPECT_EQ(judge({.fault_tolerant = true, .mpirun = 137, .verdict = verdict{0, ""}}).status, 0);
  EXPECT_EQ(judge({.fault_tolerant = true, .verdict = verdict{0, ""}}).status, 0) << "mpirun had to be ended";
}

TEST(Outcome, WithoutAVerdictNothingIsBelieved) {
  const auto silent = judge({.fault_tolerant = true, .mpirun = 0});
  EXPECT_EQ(silent.status, 1);
  EXPECT_NE(silent.message.find("has left no verdict"), std::string::npos) << silent.message;
  EXPECT_EQ(judge({.fault_tolerant = true, .mpirun = 134}).status, 134);
  for (const auto status : {std::optional<int>{}, std::optional{0}}) {
    const auto lost = judge({.fault_tolerant = true, .mpirun = status, .root_lost = true});
    EXPECT_EQ(lost.status, 111);
    EXPECT_NE(lost.message.find("rank 0 was lost"), std::string::npos) << lost.message;
  }
  const auto unstarted = judge({.fault_tolerant = true, .start_failed = true});
  EXPECT_EQ(unstarted.status, 111);
  EXPECT_NE(unstarted.message.find("a host was lost while the job was being started"), std::string::npos);
  const auto fewer = judge({.fault_tolerant = true, .rank_lost = true, .root_lost = true});
  EXPECT_EQ(fewer.status, 111);
  EXPECT_NE(fewer.message.find("a rank was lost while the job was being started"), std::string::npos);
  const auto alone = judge({.fault_tolerant = true, .mpirun = 137, .mpirun_killed = true});
  EXPECT_EQ(alone.status, 111);
  EXPECT_NE(alone.message.find("mpirun was ended by signal 9"), std::string::npos) << alone.message;
  EXPECT_EQ(judge({.mpirun = 137, .mpirun_killed = true}).status, 137);
  EXPECT_EQ(judge({.fault_tolerant = true, .mpirun = 3, .root_lost = true}).status, 3) << "it has failed by itself";
  EXPECT_EQ(judge({.fault_tolerant = true, .mpirun = 137, .mpirun_killed = true, .interrupted_by = SIGTERM}).status,
            143);
  EXPECT_EQ(judge({.fault_tolerant = true, .interrupted_by = SIGINT}).status, 130);
  EXPECT_EQ(judge({.fault_tolerant = true, .mpirun = 0, .interrupted_by = SIGTERM}).status, 143);
}

}  // namespace
