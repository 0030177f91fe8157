#include <cohort/async/event_loop.hpp>
#include <cohort/async/task.hpp>

namespace cohort::detail {

void go_on_with(region& where, std::coroutine_handle<> frame) noexcept {
  where.loop().go_on_with(frame);
}

void promise_base::finish() noexcept {
  over_ = true;
  if (by_ != nullptr) {
    by_->ended(*this);
  } else {
    where_->loop().go_on_with(then_);
  }
}

void throw_no_task(bool empty) {
  throw argument_error{
      empty ? "co_await: the task is empty (it was moved from); await a task once, where it is called"
            : "co_await: the task has been awaited already (a task runs once); call the function "
              "again for another"};
}

}  // namespace cohort::detail
