#pragma once

#include <cohort/pattern/executor/submission.hpp>

#include <ranges>
#include <tuple>
#include <utility>
#include <vector>

/// Calls put together, as Celery's canvas does it.
namespace cohort::canvas {

/// A call that has not been made: a function, its last arguments, and how to run it. What Celery calls a signature;
/// the first arguments come from the tasks before it in a chain or chord.
///
///   using namespace cohort::canvas;
///   chain(pool, signature{add, 2, 2}, signature{add, 4}).get();   // (2 + 2) + 4
template <class F, class... Args>
class signature {
 public:
  explicit signature(F f, Args... args) : function_{std::move(f)}, args_{std::move(args)...} {}

  /// The same, run with these options.
  [[nodiscard]] signature set(const submit_options& options) && {
    options_ = options;
    return std::move(*this);
  }

  /// f(first..., args...) as a task.
  template <class... First>
  auto submit_to(const submission& pool, First... first) const {
    return std::apply(
        [&](const Args&... args) { return pool.with(options_).submit(function_, std::move(first)..., args...); },
        args_);
  }

 private:
  F function_;
  std::tuple<Args...> args_;
  submit_options options_;
};

template <class F, class... Args>
signature(F, Args...) -> signature<F, Args...>;

/// Each signature's task gets the result of the one before it as its first argument; the future of the last. If one
/// fails, those behind it do not run, and fail with it.
template <class First>
auto chain(const submission& pool, const First& first) {
  return first.submit_to(pool);
}
template <class First, class... Rest>
auto chain(const submission& pool, const First& first, const Rest&... rest) {
  auto last = [&pool](const auto& self, auto done, const auto& next, const auto&... others) {
    if constexpr (sizeof...(others) == 0) {
      return next.submit_to(pool, std::move(done));
    } else {
      return self(self, next.submit_to(pool, std::move(done)), others...);
    }
  };
  return last(last, first.submit_to(pool), rest...);
}

/// All signatures of a range at the same time: the futures, in order.
template <std::ranges::input_range Signatures>
auto group(const submission& pool, Signatures&& signatures) {
  std::vector<decltype((*std::ranges::begin(signatures)).submit_to(pool))> futures;
  for (const auto& each : signatures) futures.push_back(each.submit_to(pool));
  return futures;
}

/// A group, and a task that gets the vector of its results as its first argument when all are there.
template <std::ranges::input_range Signatures, class Callback>
auto chord(const submission& pool, Signatures&& signatures, const Callback& callback) {
  return callback.submit_to(pool, group(pool, std::forward<Signatures>(signatures)));
}

}  // namespace cohort::canvas
