#pragma once

#include <cohort/dispatch/scheduler.hpp>

#include <vector>

namespace cohort::dispatch::testing {

inline constexpr time_point zero{0};
inline constexpr duration brief{1'000};            ///< a tiny task's running time
inline constexpr duration lengthy{1'000'000'000};  ///< a long task's

/// Everything that is to be done now, with the scheduler's consistency checked before and after.
inline std::vector<action> actions_of(scheduler& s) {
  std::vector<action> all;
  s.check();
  while (auto a = s.next()) all.push_back(std::move(*a));
  s.check();
  return all;
}

template <class Kind>
std::vector<Kind> only(const std::vector<action>& all) {
  std::vector<Kind> some;
  for (const action& a : all) {
    if (const auto* one = std::get_if<Kind>(&a)) some.push_back(*one);
  }
  return some;
}

template <class Kind>
std::vector<Kind> next_of(scheduler& s) {
  return only<Kind>(actions_of(s));
}

/// The tasks that are assigned now, in order.
inline std::vector<task_id> assigned_now(scheduler& s) {
  std::vector<task_id> tasks;
  for (const assign& a : next_of<assign>(s)) {
    for (const attempt_ref ref : a.attempts) tasks.push_back(ref.task);
  }
  return tasks;
}

inline void add(scheduler& s, int tasks, task_options options = {}) {
  for (int i = 0; i < tasks; ++i) s.add(options);
}

}  // namespace cohort::dispatch::testing
