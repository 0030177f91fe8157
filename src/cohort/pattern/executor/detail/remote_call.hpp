#pragma once

#include <cohort/pattern/detail/nothing.hpp>
#include <cohort/pattern/executor/detail/task_home.hpp>
#include <cohort/pattern/travel/callable.hpp>
#include <cohort/serial/pack.hpp>

#include <cstddef>
#include <functional>
#include <span>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

namespace cohort {
class task_context;
}

namespace cohort::detail {

/// What runs a task where it has come to; its address is what travels. Appends the packed result to `out`.
using invoker = void (*)(task_context& here, std::span<const std::byte> frame, std::vector<std::byte>& out,
                         const travel::module_table& modules);

template <class F, class... Args>
inline constexpr bool takes_context = std::is_invocable_v<F&, task_context&, Args&...>;

template <class F, class... Args>
inline constexpr bool can_call =
    takes_context<F, Args...> || std::is_invocable_v<F&, Args&...> || std::is_invocable_v<F&, Args...>;

/// Calls `f` with the arguments, as lvalues if it takes them so, and with the context if it wants it.
template <class F, class... Args>
decltype(auto) call_here(task_context& here, F& f, Args&... args) {
  if constexpr (takes_context<F, Args...>) {
    return std::invoke(f, here, args...);
  } else if constexpr (std::is_invocable_v<F&, Args&...>) {
    return std::invoke(f, args...);
  } else {
    return std::invoke(f, std::move(args)...);
  }
}

template <class F, class... Args>
using call_result = std::remove_cvref_t<decltype(call_here(std::declval<task_context&>(), std::declval<F&>(),
                                                           std::declval<Args&>()...))>;

/// Appends a packed object.
template <class T>
void append_packed(std::vector<std::byte>& out, const T& object) {
  const auto at = out.size();
  out.resize(at + serial::packed_size(object));
  serial::pack_to(out.data() + at, object);
}

/// A frame for a call that `run` makes, with room for `bytes`.
template <class F>
task_frame empty_frame(const travel::module_table& modules, invoker run, std::size_t bytes) {
  return {modules.key(reinterpret_cast<const void*>(run)), &typeid(F), buffer<std::byte>(bytes)};
}

/// The call f(args...) as a task: `frame` makes it on one rank, `run` makes the call on another.
template <class F, class... Args>
struct remote_call {
  using result = call_result<F, Args...>;

  static task_frame frame(const travel::module_table& modules, const F& f, const Args&... args) {
    auto made = empty_frame<F>(modules, &run, travel::packed_size(f) + (serial::packed_size(args) + ... + 0));
    made.anywhere = !takes_context<F, Args...>;
    made.call = &typeid(remote_call);
    made.by_pointer = travel::function_pointer<F>;
    [[maybe_unused]] auto* at = travel::pack_to(made.bytes.data(), f, modules);
    ((at = serial::pack_to(at, args)), ...);
    return made;
  }

 private:
  static void run(task_context& here, std::span<const std::byte> frame, std::vector<std::byte>& out,
                  const travel::module_table& modules) {
    serial::input in{frame};
    travel::landed<F> function{in, modules};
    std::tuple<Args...> args;
    std::apply([&](Args&... each) { (unpack_next(in, each), ...); }, args);
    std::apply(
        [&](Args&... each) {
          if constexpr (std::is_void_v<result>) {
            call_here(here, *function, each...);
            append_packed(out, nothing{});
          } else {
            append_packed<result>(out, call_here(here, *function, each...));
          }
        },
        args);
  }
  /// Each was packed on its own, so each is read on its own: pointers in one know nothing of those in another.
  template <class T>
  static void unpack_next(serial::input& in, T& object) {
    serial::input own{in.left()};
    own >> object;
    in.take(in.left().size() - own.left().size());
  }
};

}  // namespace cohort::detail
