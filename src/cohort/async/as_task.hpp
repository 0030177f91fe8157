#pragma once

#include <cohort/async/task.hpp>

#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

namespace cohort {
namespace detail {

template <class A>
task<std::remove_cvref_t<awaited_t<A>>> await_kept(A what) {
  co_return co_await std::move(what);
}
/// A copy of what has a name is awaited as what has one.
template <class A>
task<std::remove_cvref_t<awaited_t<A&>>> await_copy(A what) {
  co_return co_await what;
}
template <class F>
std::invoke_result_t<F&> call_kept(F make) {
  auto made = std::invoke(make);
  co_return co_await std::move(made);
}

template <class A>
concept makes_task = std::is_invocable_v < std::remove_cvref_t<A>
& > &&is_task<std::invoke_result_t<std::remove_cvref_t<A>&>>;

}  // namespace detail

/// A task of what is none yet, for when_all and its kin, which call this for what they are given: of a function
/// without parameters that returns one (it is kept until that has ended), or of anything that can be awaited.
template <class A>
auto as_task(A&& what) {
  using Bare = std::remove_cvref_t<A>;
  if constexpr (detail::is_task<Bare>) {
    static_assert(!std::is_lvalue_reference_v<A>,
                  "cohort: a task runs once, and whoever runs it takes it over; pass std::move(task)");
    return Bare{std::forward<A>(what)};
  } else if constexpr (detail::makes_task<A>) {
    return detail::call_kept<Bare>(std::forward<A>(what));
  } else {
    static_assert(
        detail::awaitable<Bare>,
        "cohort: this can neither be awaited nor is it a function without parameters that returns a task");
    static_assert(std::is_constructible_v<Bare, A>, "cohort: this is moved into the task; pass std::move(it)");
    if constexpr (std::is_lvalue_reference_v<A>) {
      return detail::await_copy<Bare>(what);
    } else {
      return detail::await_kept<Bare>(std::forward<A>(what));
    }
  }
}

namespace detail {
template <class A>
inline constexpr bool vector_of_awaitables = false;
template <class A>
inline constexpr bool vector_of_awaitables<std::vector<A>> = !is_task<A> && (awaitable<A> || makes_task<A>);
/// Any number of one type, which is no task yet.
template <class Vector>
concept makes_tasks = vector_of_awaitables<std::remove_cvref_t<Vector>>;
/// What lies in a vector that is given away is taken out of it.
template <class Vector>
auto tasks_of(Vector&& many) {
  constexpr bool given_away = !std::is_lvalue_reference_v<Vector>;
  using Each = std::conditional_t<given_away, typename std::remove_cvref_t<Vector>::value_type&&,
                                  const typename std::remove_cvref_t<Vector>::value_type&>;
  std::vector<decltype(as_task(std::declval<Each>()))> tasks;
  tasks.reserve(many.size());
  for (auto& each : many) tasks.push_back(as_task(static_cast<Each>(each)));
  return tasks;
}

/// What as_task's task gives.
template <class A>
using result_of_task = typename decltype(as_task(std::declval<A>()))::value_type;
}  // namespace detail

}  // namespace cohort
