#include <cohort/core/error.hpp>
#include <cohort/pattern/executor/detail/guard/guarded_home.hpp>

#include <utility>

namespace cohort::detail {
namespace {

[[noreturn]] void refuse() {
  throw error{
      "executor: a guarded task submits another (it runs in a process of its own, which has no connection to the "
      "executor); return what is to be submitted, or run this task unguarded"};
}

}  // namespace

guarded_home::guarded_home(std::shared_ptr<const travel::module_table> modules,
                           std::shared_ptr<const exception_types> exceptions, kept_state& state)
    : modules_{std::move(modules)},
      // A table of types, not an exception. NOLINTNEXTLINE(bugprone-throw-keyword-missing)
      exceptions_{std::move(exceptions)},
      state_{state} {}

task_context guarded_home::context(int rank, const std::string& host, const guard_order& of) {
  task_context here{*this, {}};
  here.rank_ = rank;
  here.host_ = &host;
  here.task_ = of.task;
  here.attempt_ = of.attempt;
  here.stop_ = &stop_;
  here.state_ = &state_;
  return here;
}

void guarded_home::submit(std::shared_ptr<future_core> /*core*/, task_frame&& /*frame*/,
                          const task_terms& /*terms*/) {
  refuse();
}

bool guarded_home::wait(const std::function<bool()>& /*ready*/, std::optional<clock::time_point> /*deadline*/) {
  refuse();
}

}  // namespace cohort::detail
