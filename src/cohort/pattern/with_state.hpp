#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/pattern/detail/call_traits.hpp>
#include <cohort/pattern/rank_error.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace cohort {

/// A farm's function together with what each rank makes for it before the first task, such as a connection, a
/// model, a cache; the function takes it in front of what it takes otherwise:
///
///   cohort::farm look_up{world, cohort::with_state{[] { return open_database("x"); },
///                                                  [](database& db, const std::string& key) { return db.find(key);
///                                                  }}};
///
/// `make` is called once on each rank, the root too, by the constructor of the farm, in the calling thread (so it
/// may call MPI). If it throws anywhere, that constructor throws rank_error on every rank. What it returns, which
/// need be neither copyable nor movable, ends with the farm, in the thread that destroys it, and so lasts from run
/// to run. With farm_options::threads above 1 all threads of a rank use it at the same time, and it needs a lock;
/// what the function holds by value each has for itself. If a run leaves a task behind, it ends with that task.
template <class Make, class Function>
struct with_state {
  with_state(Make m, Function f) : make{std::move(m)}, function{std::move(f)} {}
  Make make;
  Function function;
};

namespace detail {

/// with_state's function on a rank that has made the state.
template <class State, class Function>
class bound_state {
 public:
  bound_state(std::shared_ptr<State> state, Function function)
      : state_{std::move(state)}, function_{std::move(function)} {}

  template <class... Args>
  requires std::is_invocable_v<Function&, State&, Args...>
  decltype(auto) operator()(Args&&... args) { return std::invoke(function_, *state_, std::forward<Args>(args)...); }

 private:
  std::shared_ptr<State> state_;
  Function function_;
};

template <class Tuple>
struct without_first {
  using type = std::tuple<>;
};
template <class First, class... Rest>
struct without_first<std::tuple<First, Rest...>> {
  using type = std::tuple<Rest...>;
};
template <class State, class Function>
struct parameters<bound_state<State, Function>> : without_first<typename parameters<Function>::type> {};

/// What a farm calls for a function that it is given.
template <class Function>
struct farm_function {
  using type = Function;
  static type make(const communicator& /*comm*/, Function&& function, const call_site& /*where*/) {
    return std::move(function);
  }
};
template <class Make, class Function>
struct farm_function<with_state<Make, Function>> {
  using state = std::remove_cv_t<std::invoke_result_t<Make&>>;
  static_assert(std::is_object_v<state> && !std::is_pointer_v<state>,
                "cohort: with_state takes a function that returns the state by value; return a std::unique_ptr for "
                "what is only to be had by pointer");
  using type = bound_state<state, Function>;

  static type make(const communicator& comm, with_state<Make, Function>&& what, const call_site& where) {
    std::shared_ptr<state> made;
    std::optional<rank_failure> failure;
    try {
      made = std::shared_ptr<state>(new state(what.make()));
    } catch (...) {
      failure = describe_rank_failure(comm, "farm", "making of its state");
    }
    throw_any_rank_error(comm, failure, where);
    return {std::move(made), std::move(what.function)};
  }
};

}  // namespace detail
}  // namespace cohort
