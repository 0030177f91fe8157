#pragma once

#include <string>
#include <string_view>

namespace cohort_run {

/// Sees in what mpirun says that it could not start the job. Its exit status does not tell: 255 where a host is not
/// reached, 132 where one has no such program, as a program's own or a signal.
class start_watch {
 public:
  /// What has come on standard error.
  void see(std::string_view bytes);
  [[nodiscard]] bool failed() const noexcept { return failed_; }

 private:
  std::string line_;  ///< the last, as far as it has come
  bool failed_ = false;
};

}  // namespace cohort_run
