#include "support/failure_listener.hpp"

#include <cohort/core/environment.hpp>

#include "support/random.hpp"

#include <fmt/format.h>

#include <string>
#include <unistd.h>

namespace cohort::test {

failure_listener::failure_listener(std::unique_ptr<testing::TestEventListener> printer, MPI_Comm lane)
    : printer_{std::move(printer)}, lane_{lane} {
  PMPI_Comm_rank(lane_, &rank_);
  PMPI_Comm_size(lane_, &size_);
}

void failure_listener::OnTestProgramStart(const testing::UnitTest& all) {
  if (printer_) printer_->OnTestProgramStart(all);
}
void failure_listener::OnTestIterationStart(const testing::UnitTest& all, int iteration) {
  if (printer_) printer_->OnTestIterationStart(all, iteration);
}
void failure_listener::OnTestSuiteStart(const testing::TestSuite& suite) {
  if (printer_) printer_->OnTestSuiteStart(suite);
}

void failure_listener::OnTestStart(const testing::TestInfo& test) {
  test_ = &test;
  if (printer_) printer_->OnTestStart(test);
  PMPI_Barrier(lane_);
}

void failure_listener::OnTestPartResult(const testing::TestPartResult& result) {
  if (!result.failed()) return;
  const auto text =
      fmt::format("rank {} of {}: {}.{}: {}:{}: {}\n{}\n(COHORT_SEED={} repeats the data)\n", rank_, size_,
                  test_ != nullptr ? test_->test_suite_name() : "", test_ != nullptr ? test_->name() : "",
                  result.file_name() ? result.file_name() : "?", result.line_number(),
                  result.fatally_failed() ? "fatal failure" : "failure", result.message(), seed());
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
  if (result.fatally_failed() && size_ > 1) environment::abort(1);
}

void failure_listener::OnTestEnd(const testing::TestInfo& test) {
  PMPI_Barrier(lane_);
  test_ = nullptr;
  if (printer_) printer_->OnTestEnd(test);
}

void failure_listener::OnTestSuiteEnd(const testing::TestSuite& suite) {
  if (printer_) printer_->OnTestSuiteEnd(suite);
}
void failure_listener::OnTestIterationEnd(const testing::UnitTest& all, int iteration) {
  if (printer_) printer_->OnTestIterationEnd(all, iteration);
}
void failure_listener::OnTestProgramEnd(const testing::UnitTest& all) {
  if (printer_) printer_->OnTestProgramEnd(all);
}

}  // namespace cohort::test
