#pragma once

#include <cohort/async/as_task.hpp>
#include <cohort/async/detail/nursery.hpp>

#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace cohort {
namespace detail {

template <class T>
value_or_nothing<T> take_result(const task<T>& ended) {
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return ended.frame().promise().take();
  }
}

template <class... T>
task<std::tuple<value_or_nothing<T>...>> all_of(task<T>... children) {
  region& outer = co_await this_region{};
  plain_nursery all{outer};
  (all.start(children), ...);
  co_await all.all_ended();
  co_return std::tuple<value_or_nothing<T>...>{take_result(children)...};
}
template <class T>
task<std::vector<T>> all_of_many(std::vector<task<T>> children) {
  region& outer = co_await this_region{};
  plain_nursery all{outer};
  for (auto& each : children) all.start(each);
  co_await all.all_ended();
  std::vector<T> results;
  results.reserve(children.size());
  for (auto& each : children) results.push_back(take_result(each));
  co_return results;
}
inline task<> all_of_many(std::vector<task<>> children) {
  region& outer = co_await this_region{};
  plain_nursery all{outer};
  for (auto& each : children) all.start(each);
  co_await all.all_ended();
}

}  // namespace detail

/// A task that runs all of them at the same time and gives their results as a std::tuple (std::monostate for void).
/// If one throws, the others are stopped, and when all have ended the first exception is thrown. Takes what as_task
/// takes. Cost: a frame, besides those of what is given.
///
///   auto [a, b] = co_await when_all(ask(world, 1), world.async_recv<int>({.source = 2}));
template <class... A>
auto when_all(A&&... tasks) {
  return detail::all_of<detail::result_of_task<A>...>(as_task(std::forward<A>(tasks))...);
}
/// The same for any number of one type: a std::vector of the results, in order; nothing for task<>.
template <class T>
auto when_all(std::vector<task<T>>&& tasks) {
  return detail::all_of_many(std::move(tasks));
}
template <class T>
auto when_all(std::vector<task<T>>&) {
  static_assert(detail::never<T>,
                "cohort: a task runs once, and whoever runs it takes it over; pass std::move(tasks)");
}
/// The same for any number of what as_task takes, such as futures.
template <detail::makes_tasks Vector>
auto when_all(Vector&& many) {
  return detail::all_of_many(detail::tasks_of(std::forward<Vector>(many)));
}

}  // namespace cohort
