#pragma once

#include <utility>
#include <vector>

namespace cohort {

/// Takes tasks that a task, or the handling of a result, creates. Call it like a function: submit(task).
template <class Task>
class task_sink {
 public:
  void operator()(Task task) { tasks_.push_back(std::move(task)); }

  /// What was submitted; the sink is empty afterwards.
  [[nodiscard]] std::vector<Task> take() { return std::exchange(tasks_, {}); }
  [[nodiscard]] bool empty() const noexcept { return tasks_.empty(); }

 private:
  std::vector<Task> tasks_;
};

}  // namespace cohort
