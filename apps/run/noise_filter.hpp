#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace cohort_run {

/// Takes out of a job's standard error what Open MPI 4.1 writes and what says nothing to anybody:
/// - the lines, by the dozen, where a rank or a host is gone and others live on: "[host:pid] PMIX ERROR: BAD-PARAM
/// in
///   file ...";
/// - the two boxes about an exit status that is not 0, if the job has said itself why.
class noise_filter {
 public:
  /// `told`: whether the job has said what its status means. Asked when a box is complete.
  explicit noise_filter(std::function<bool()> told = [] { return false; }) : told_{std::move(told)} {}

  /// What is to be printed of `bytes` and of what was kept back before.
  [[nodiscard]] std::string pass(std::string_view bytes);
  /// What is kept back, because it may become noise; empty most of the time. Call it at the end, and when nothing
  /// has come for a moment: it may be a prompt.
  [[nodiscard]] std::string rest();
  [[nodiscard]] bool keeps() const noexcept { return !kept_.empty(); }

 private:
  std::function<bool()> told_;
  std::string kept_;
  bool mid_line_ = false;  ///< the beginning of this line is printed already
};

}  // namespace cohort_run
