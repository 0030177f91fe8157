#pragma once

#include <cohort/dispatch/drain.hpp>
#include <cohort/pattern/crew/client.hpp>
#include <cohort/pattern/drain_options.hpp>

#include <cstddef>
#include <map>
#include <string>

namespace cohort::detail {

/// Of options that make no sense: why; null if they do.
[[nodiscard]] const char* fault_of(const drain_options& how);

/// Where the root decides that its run winds up.
class drain_desk {
 public:
  using phase = dispatch::drain::phase;

  /// Asks Slurm, if it is to be asked. `timeout`: of all tasks; zero: none. `slots`: how many run at a time.
  drain_desk(const drain_options& how, dispatch::duration timeout, std::size_t slots);

  /// Events. @{
  void heard(const crew::client::heard_report& what);
  /// A task has gone with its rank.
  void lost(dispatch::task_id task) { brain_.withdrawn(task); }
  /// A signal has come to a rank, which is called so.
  void told(int rank, const std::string& who, int signal);
  /// @}

  /// Whether it learns from what heard() tells.
  [[nodiscard]] bool limited() const noexcept { return brain_.limited(); }

  phase look();
  [[nodiscard]] bool begun() const noexcept { return brain_.begun(); }

  /// Why nothing more is begun.
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }
  /// How long what was stopped may take to return, if it may take so long otherwise.
  [[nodiscard]] dispatch::duration grace(dispatch::duration otherwise) const;

  /// One line on standard error: that nothing more is begun, and why.
  void say(const char* pattern) const noexcept;

 private:
  [[nodiscard]] std::string why(dispatch::time_point now) const;

  dispatch::drain brain_;
  std::map<int, unsigned> signals_;  ///< that have come to each rank: they are sent to many at once
  std::string signal_;
  std::string reason_;
};

}  // namespace cohort::detail
