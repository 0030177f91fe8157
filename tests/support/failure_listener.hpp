#pragma once

#include <gtest/gtest.h>
#include <mpi.h>

#include <memory>

namespace cohort::test {

/// Prints for all ranks together: rank 0 tells what runs, and a failure is told by the rank that sees it, with its
/// rank in front, in one write and at once, so that it is known even if the test then hangs. It never communicates
/// per failure; the barriers before and after a test keep the ranks in the same test.
///
/// A fatal failure (ASSERT) ends the job where there are several ranks: the others may wait for this one.
class failure_listener final : public testing::EmptyTestEventListener {
 public:
  /// `printer` tells what runs; null on the ranks that are to be silent. `lane` is for the barriers alone.
  failure_listener(std::unique_ptr<testing::TestEventListener> printer, MPI_Comm lane);

  void OnTestProgramStart(const testing::UnitTest& all) override;
  void OnTestIterationStart(const testing::UnitTest& all, int iteration) override;
  void OnTestSuiteStart(const testing::TestSuite& suite) override;
  void OnTestStart(const testing::TestInfo& test) override;
  void OnTestPartResult(const testing::TestPartResult& result) override;
  void OnTestEnd(const testing::TestInfo& test) override;
  void OnTestSuiteEnd(const testing::TestSuite& suite) override;
  void OnTestIterationEnd(const testing::UnitTest& all, int iteration) override;
  void OnTestProgramEnd(const testing::UnitTest& all) override;

 private:
  std::unique_ptr<testing::TestEventListener> printer_;
  MPI_Comm lane_;
  const testing::TestInfo* test_ = nullptr;  // GoogleTest's own record of it is locked while a failure is told
  int rank_ = 0;
  int size_ = 1;
};

}  // namespace cohort::test
