#pragma once

#include <cohort/pattern/farm_report.hpp>
#include <cohort/pattern/task_error.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cohort {

/// A farm has wound up before its tasks have ended (farm_options::drain), and what is left. Thrown on the root by
/// farm::run, as a drained_farm of the type of its tasks, when all else is over.
class drained_run : public drained_error {
 public:
  drained_run(task_failure first, const std::string& text, farm_report report)
      : drained_error{std::move(first), text}, report_{std::move(report)} {}
  [[nodiscard]] const farm_report& report() const noexcept { return report_; }
  /// The input had more tasks than were taken from it.
  [[nodiscard]] bool input_left() const noexcept { return report_.input_left; }

 private:
  farm_report report_;
};

/// The same with the tasks. Copies share them.
template <class Task>
class drained_farm : public drained_run {
 public:
  drained_farm(const drained_run& why, std::vector<Task>&& tasks, std::vector<std::uint64_t>&& numbers)
      : drained_run{why},
        tasks_{std::make_shared<const std::vector<Task>>(std::move(tasks))},
        numbers_{std::make_shared<const std::vector<std::uint64_t>>(std::move(numbers))} {}
  /// Those that were taken from the input, or created, and not run to their end: they are to be run.
  [[nodiscard]] const std::vector<Task>& tasks() const noexcept { return *tasks_; }
  /// Their numbers, in the order of submission from 0.
  [[nodiscard]] const std::vector<std::uint64_t>& numbers() const noexcept { return *numbers_; }

 private:
  std::shared_ptr<const std::vector<Task>> tasks_;
  std::shared_ptr<const std::vector<std::uint64_t>> numbers_;
};

/// What farm::map throws in that case: besides, the results that there are.
template <class Task, class Result>
class drained_map : public drained_farm<Task> {
 public:
  /// `results`: of all tasks that were taken and are not among those of `why`, in their order.
  drained_map(const drained_farm<Task>& why, std::vector<Result>&& results) : drained_farm<Task>{why} {
    std::vector<std::optional<Result>> placed(results.size() + this->numbers().size());
    for (std::size_t at = 0, next = 0, missing = 0; at != placed.size(); ++at) {
      if (missing != this->numbers().size() && this->numbers()[missing] == at) {
        ++missing;
      } else {
        placed[at].emplace(std::move(results[next++]));
      }
    }
    results_ = std::make_shared<std::vector<std::optional<Result>>>(std::move(placed));
  }
  /// In the order of the tasks, as far as they were taken from the input; nothing where a task was not run.
  [[nodiscard]] std::vector<std::optional<Result>>& results() const noexcept { return *results_; }

 private:
  std::shared_ptr<std::vector<std::optional<Result>>> results_;
};

}  // namespace cohort
