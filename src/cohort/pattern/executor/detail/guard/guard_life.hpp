#pragma once

#include <cohort/pattern/executor/detail/guard/guard_order.hpp>
#include <cohort/pattern/executor/detail/guard/sockets.hpp>
#include <cohort/pattern/executor/exception_types.hpp>
#include <cohort/pattern/executor/rank_state.hpp>

#include <csignal>
#include <map>
#include <memory>
#include <span>
#include <sys/types.h>

namespace cohort::detail {

/// The life of a rank's helper process: begins a child for each guarded task, and tells how it ended. Ends, with
/// all children and what they have begun, as soon as its rank is gone.
class guard_life {
 public:
  /// `heeded`: signals that the rank answers by draining; they do not end this process.
  guard_life(descriptor control, std::shared_ptr<const exception_types> exceptions, rank_state state,
             std::span<const int> heeded);
  [[noreturn]] void live();

 private:
  struct child {
    std::uint64_t number = 0;
    descriptor status;
  };
  void obey(message&& said);
  void launch(const guard_order& what, descriptor data, descriptor status);
  [[noreturn]] void be_child(const guard_order& what, descriptor data);
  void reap(bool wait);
  [[noreturn]] void end();

  descriptor control_;
  descriptor signals_;
  bool outlives_term_ = false;
  sigset_t before_{};  ///< the signal mask of the program
  std::shared_ptr<const exception_types> exceptions_;
  rank_state state_;
  guard_setup setup_;
  std::shared_ptr<const travel::module_table> modules_;
  std::map<pid_t, child> children_;
};

}  // namespace cohort::detail
