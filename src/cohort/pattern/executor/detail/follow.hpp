#pragma once

#include <cohort/pattern/executor/detail/task_home.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace cohort::detail {

/// What made of a callback: its value, or why there is none.
template <class U>
struct made {
  std::optional<something<U>> value;
  failed_task failure;
  bool told = false;  ///< the failure stands, but somebody has heard of it
};

/// Calls `make` for a value; an exception of it becomes a failure of this process.
template <class U, class Make>
made<U> attempt(Make&& make) {
  made<U> result;
  try {
    if constexpr (std::is_void_v<U>) {
      make();
      result.value.emplace();
    } else {
      result.value.emplace(make());
    }
  } catch (...) {
    result.failure.failure = describe_current_exception();
    result.failure.local = std::current_exception();
  }
  return result;
}

/// When `from` has ended, `next` ends with what `make()` (giving a made<U>) makes of it.
template <class U, class Make>
void follow(future_core& from, std::shared_ptr<future_value<U>> next, Make make) {
  const auto put = [](future_value<U>& into, made<U>&& what) {
    if (what.value) {
      into.set(std::move(*what.value));
    } else {
      if (what.told) into.observe();
      into.fail(std::move(what.failure));
    }
  };
  if (from.ended()) {
    auto what = make();
    const auto how = [&] { put(*next, std::move(what)); };
    if (auto* home = from.live_home(); home != nullptr) {
      home->settle(next, how);
    } else {  // nobody else knows `next`
      how();
    }
    return;
  }
  auto& home = from.home();
  home.when_ended(from, [&home, next, make = std::move(make), put]() mutable {
    auto what = make();
    home.settle(next, [&] { put(*next, std::move(what)); });
  });
}

}  // namespace cohort::detail
