#include <cohort/journal/fingerprint.hpp>
#include <cohort/pattern/executor/detail/future_core.hpp>
#include <cohort/pattern/executor/detail/guard/crash.hpp>
#include <cohort/pattern/executor/detail/task_home.hpp>
#include <cohort/pattern/executor/waiting.hpp>

#include <string>
#include <utility>

namespace cohort::detail {

void failed_task::raise() const {
  if (local) std::rethrow_exception(local);
  if (failure.reason == dispatch::end_reason::cancelled || failure.reason == dispatch::end_reason::expired)
    throw cancelled_error{failure};
  if (failure.reason == dispatch::end_reason::drained) throw drained_error{failure};
  if (exception.type == crashed) raise_crash(exception, failure);
  if (types) types->raise(exception, failure);
  throw task_error{failure};
}

[[noreturn]] void throw_no_task() {
  throw argument_error{
      "future: it stands for no task (it was never given one, or get() or a move took it); use the one that "
      "submit() "
      "returns"};
}

[[noreturn]] void throw_unfinished(std::size_t futures) {
  throw timeout_error{"as_completed: " + std::to_string(futures) +
                      " of the tasks have not ended in the time given (they go on); wait longer, or cancel them"};
}

future_core::future_core(task_home& home) noexcept : link_{home.link()} {}
future_core::future_core(std::shared_ptr<const home_link> link) noexcept : link_{std::move(link)} {}
future_core::~future_core() = default;

void future_core::succeed(std::span<const std::byte> payload) {
  try {
    decode(payload);
    succeeded();
  } catch (...) {
    failed_task why;
    why.failure = describe_current_exception();
    why.local = std::current_exception();
    fail(std::move(why));
  }
}

void future_core::fail(failed_task&& why) {
  const auto reason = why.failure.reason;
  const bool revoked = reason == dispatch::end_reason::cancelled || reason == dispatch::end_reason::expired ||
                       reason == dispatch::end_reason::drained;
  const auto state = revoked ? task_state::revoked : task_state::failed;
  failed_ = owned<failed_task>::make(std::move(why));
  state_.store(state, std::memory_order_release);
}

}  // namespace cohort::detail
