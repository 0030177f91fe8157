#pragma once

#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace cohort {

/// A lambda whose captures are any values that can be sent: closure(f, captured...) called with (args...) is
/// f(captured..., args...). A plain lambda travels only if what it captures is trivially copyable, since nobody but
/// the compiler can take it apart.
///
///   pool.map(cohort::closure([](const std::string& word, const page& p) { return count(word, p); }, word), pages);
///
/// `f` must be a lambda without captures, or another class that can be made from nothing.
template <class F, class... Captured>
class closure {
 public:
  static_assert(
      std::is_empty_v<F> && std::is_default_constructible_v<F>,
      "cohort: closure() takes a lambda without captures; pass what it needs behind it: closure(f, value)");

  closure() = default;
  explicit closure(F, Captured... captured) : captured_{std::move(captured)...} {}

  template <class... Args>
  requires std::is_invocable_v<F&, Captured&..., Args...>
  decltype(auto) operator()(Args&&... args) {
    return std::apply(
        [&](Captured&... captured) -> decltype(auto) {
          return std::invoke(function_, captured..., std::forward<Args>(args)...);
        },
        captured_);
  }

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& captured_;
  }

 private:
  [[no_unique_address]] F function_{};
  std::tuple<Captured...> captured_;
};

template <class F, class... Captured>
closure(F, Captured...) -> closure<F, Captured...>;

}  // namespace cohort
