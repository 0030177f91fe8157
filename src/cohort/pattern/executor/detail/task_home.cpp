#include <cohort/pattern/executor/detail/task_home.hpp>

#include <iterator>
#include <utility>

namespace cohort::detail {

void task_home::when_ended(future_core& core, std::function<void()> callback) {
  {
    const std::lock_guard lock{mutex_};
    if (!core.ended()) {
      core.callbacks.push_back(std::move(callback));
      return;
    }
  }
  callback();
}

void task_home::settle(const std::shared_ptr<future_core>& core, const std::function<void()>& how) {
  {
    const std::lock_guard lock{mutex_};
    if (core->ended()) return;
    how();
    ended(*core);
  }
  run_callbacks();
}

void task_home::ended(future_core& core) {
  std::move(core.callbacks.begin(), core.callbacks.end(), std::back_inserter(due_));
  core.callbacks.clear();
}

bool task_home::run_callbacks() {
  std::vector<std::function<void()>> due;
  {
    const std::lock_guard lock{mutex_};
    due.swap(due_);
  }
  for (auto& callback : due) callback();
  return !due.empty();
}

}  // namespace cohort::detail
