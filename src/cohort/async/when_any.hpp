#pragma once

#include <cohort/async/error.hpp>
#include <cohort/async/when_all.hpp>

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <utility>
#include <variant>
#include <vector>

namespace cohort {

/// Which of several tasks of one type was the first, and its result.
template <class T>
struct first_ended {
  std::size_t index = 0;
  detail::value_or_nothing<T> value{};
};

namespace detail {

template <class Variant, std::size_t I, class T>
void take_if_first(std::optional<Variant>& result, const promise_base* first, const task<T>& child) {
  if (&child.frame().promise() == first) result.emplace(std::in_place_index<I>, take_result(child));
}

template <class... T>
task<std::variant<value_or_nothing<T>...>> any_of(task<T>... children) {
  using Variant = std::variant<value_or_nothing<T>...>;
  region& outer = co_await this_region{};
  plain_nursery any{outer, true};
  (any.start(children), ...);
  co_await any.all_ended();
  std::optional<Variant> result;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (take_if_first<Variant, I>(result, any.first(), children), ...);
  }
  (std::index_sequence_for<T...>{});
  co_return std::move(*result);
}
template <class T>
task<first_ended<T>> any_of_many(std::vector<task<T>> children) {
  if (children.empty()) throw argument_error{"when_any: no task is given (none would ever end); pass at least one"};
  region& outer = co_await this_region{};
  plain_nursery any{outer, true};
  for (auto& each : children) any.start(each);
  co_await any.all_ended();
  std::size_t i = 0;
  while (&children[i].frame().promise() != any.first()) ++i;
  co_return first_ended<T>{i, take_result(children[i])};
}

}  // namespace detail

/// A task that runs all of them at the same time until the first has ended, then stops the others, and when these
/// have ended too gives the first one's result: a std::variant whose index() says which (std::monostate for
/// void). Throws what the first one, or one that was stopped, threw. Takes what as_task takes.
///
/// What the others would have given is lost, also a message that a stopped receive had met already. To wait for one
/// of several messages use one receive with any_source or any_tag; to give up after a time, with_timeout, which
/// loses nothing.
template <class... A>
requires(sizeof...(A) != 0) auto when_any(A&&... tasks) {
  return detail::any_of<detail::result_of_task<A>...>(as_task(std::forward<A>(tasks))...);
}
/// The same for any number of one type: first_ended<T>.
template <class T>
auto when_any(std::vector<task<T>>&& tasks) {
  return detail::any_of_many<T>(std::move(tasks));
}
template <class T>
auto when_any(std::vector<task<T>>&) {
  static_assert(detail::never<T>,
                "cohort: a task runs once, and whoever runs it takes it over; pass std::move(tasks)");
}
/// The same for any number of what as_task takes, such as futures.
template <detail::makes_tasks Vector>
auto when_any(Vector&& many) {
  return detail::any_of_many(detail::tasks_of(std::forward<Vector>(many)));
}

}  // namespace cohort
