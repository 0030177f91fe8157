#pragma once

#include <cohort/async/when_all.hpp>

#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

namespace cohort {
namespace detail {

template <class T, class F>
task<> tell_result(std::size_t which, task<T> child, F& f) {
  if constexpr (std::is_void_v<T>) {
    co_await std::move(child);
    if constexpr (is_task<std::invoke_result_t<F&, std::size_t>>) {
      co_await std::invoke(f, which);
    } else {
      std::invoke(f, which);
    }
  } else {
    T result = co_await std::move(child);
    if constexpr (is_task<std::invoke_result_t<F&, std::size_t, T>>) {
      co_await std::invoke(f, which, std::move(result));
    } else {
      std::invoke(f, which, std::move(result));
    }
  }
}
template <class T, class F>
task<> tell_each(std::vector<task<T>> children, F f) {
  std::vector<task<>> tellers;
  tellers.reserve(children.size());
  for (std::size_t i = 0; i != children.size(); ++i) tellers.push_back(tell_result(i, std::move(children[i]), f));
  co_await when_all(std::move(tellers));
}

}  // namespace detail

/// A task that runs all of them at the same time and calls f(index, result) for each as soon as it has ended:
/// Python's as_completed. f may return a task, which is awaited. As in when_all the first exception stops the
/// others. Cost: a frame for each.
template <class T, class F>
task<> each_completed(std::vector<task<T>> tasks, F f) {
  return detail::tell_each(std::move(tasks), std::move(f));
}
/// The same for any number of what as_task takes, such as futures.
template <detail::makes_tasks Vector, class F>
task<> each_completed(Vector&& many, F f) {
  return detail::tell_each(detail::tasks_of(std::forward<Vector>(many)), std::move(f));
}

}  // namespace cohort
