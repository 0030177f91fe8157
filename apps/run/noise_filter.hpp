#pragma once

#include <string>
#include <string_view>

namespace cohort_run {

/// Takes out of a job's standard error the lines that Open MPI 4.1 writes, by the dozen, where a rank or a host is
/// gone and others live on: "[host:pid] PMIX ERROR: BAD-PARAM in file ...". They say nothing to anybody.
class noise_filter {
 public:
  /// What is to be printed of `bytes` and of what was kept back before.
  [[nodiscard]] std::string pass(std::string_view bytes);
  /// What is kept back, because it may become a line of that kind; empty most of the time. Call it at the end, and
  /// when nothing has come for a moment: it may be a prompt.
  [[nodiscard]] std::string rest();
  [[nodiscard]] bool keeps() const noexcept { return !kept_.empty(); }

 private:
  [[nodiscard]] static bool noise(std::string_view line);
  [[nodiscard]] static bool may_become_noise(std::string_view begun);

  std::string kept_;
  bool mid_line_ = false;  ///< the beginning of this line is printed already
};

}  // namespace cohort_run
