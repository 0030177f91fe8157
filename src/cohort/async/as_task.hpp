#pragma once

#include <cohort/async/task.hpp>

#include <functional>
#include <type_traits>
#include <utility>

namespace cohort {
namespace detail {

template <class A>
task<std::remove_cvref_t<awaited_t<A>>> await_kept(A what) {
  co_return co_await std::move(what);
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
    return detail::await_kept<Bare>(std::forward<A>(what));
  }
}

namespace detail {
/// What as_task's task gives.
template <class A>
using result_of_task = typename decltype(as_task(std::declval<A>()))::value_type;
}  // namespace detail

}  // namespace cohort
