#pragma once

#include <cohort/pattern/executor/detail/failure_record.hpp>
#include <cohort/pattern/executor/detail/remote_call.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace cohort::detail {

/// Several ranks run this task: what one throws is the task's failure.
[[nodiscard]] bool in_company(const task_context& here) noexcept;

/// What attempt() says within a chunk: its first item may have been tried in chunks before, the others have not.
/// The chunk's own attempts count only where it is one item, run by several ranks or in a process of its own.
class attempts {
 public:
  attempts(task_context& here, std::uint32_t of_first) noexcept;
  /// The first has ended.
  void next() noexcept;

 private:
  task_context& here_;
};

/// f(x)
struct call_with_one {
  template <class F, class T>
  static decltype(auto) call(task_context& here, F& f, T& x) {
    return call_here(here, f, x);
  }
  template <class F, class T>
  using result = call_result<F, T>;
};

/// f(a, b, ...) for a tuple.
struct call_with_parts {
  template <class F, class T>
  static decltype(auto) call(task_context& here, F& f, T& parts) {
    return std::apply([&](auto&... each) -> decltype(auto) { return call_here(here, f, each...); }, parts);
  }
  template <class F, class T>
  using result =
      std::remove_cvref_t<decltype(call(std::declval<task_context&>(), std::declval<F&>(), std::declval<T&>()))>;
};

struct no_reduction {};

/// What became of a chunk of a map: results of its first `done` items (or their reduction, as one value), and why
/// there are no more.
template <class R>
struct chunk_result {
  std::vector<R> values;
  std::uint64_t done = 0;
  std::int64_t nanoseconds = 0;
  std::optional<failure_record> failure;
};

/// A chunk of a map as a task.
template <class Policy, class F, class Reduce, class T>
struct chunk_call {
  using returned = typename Policy::template result<F, T>;
  using value = something<returned>;
  using result = chunk_result<value>;
  static constexpr bool reduces = !std::is_same_v<Reduce, no_reduction>;

  static task_frame frame(const travel::module_table& modules, const F& f, const Reduce& reduce,
                          const std::vector<T>& items, std::uint32_t attempt) {
    auto made = empty_frame<F>(
        modules, &run,
        travel::packed_size(f) + travel::packed_size(reduce) + sizeof attempt + serial::packed_size(items));
    auto* at = travel::pack_to(made.bytes.data(), f, modules);
    at = travel::pack_to(at, reduce, modules);
    at = serial::pack_to(at, attempt);
    serial::pack_to(at, items);
    return made;
  }

 private:
  static void run(task_context& here, std::span<const std::byte> frame, std::vector<std::byte>& out,
                  const travel::module_table& modules) {
    serial::input in{frame};
    travel::landed<F> f{in, modules};
    travel::landed<Reduce> reduce{in, modules};
    std::uint32_t attempt = 0;
    std::vector<T> items;
    in >> attempt >> items;
    attempts count{here, attempt};
    const auto begun = std::chrono::steady_clock::now();
    result made;
    if constexpr (!reduces) made.values.reserve(items.size());
    try {
      // A vector of bool has no bools to refer to.
      using each = std::conditional_t<std::is_same_v<T, bool>, bool, T&>;
      for (each item : items) {
        add(here, made.values, *f, *reduce, item);
        if (made.done++ == 0) count.next();
      }
    } catch (...) {
      if (in_company(here)) throw;
      made.failure = record_failure(here);
    }
    made.nanoseconds = (std::chrono::steady_clock::now() - begun).count();
    append_packed(out, made);
  }

  static void add(task_context& here, std::vector<value>& values, F& f, [[maybe_unused]] Reduce& reduce, T& item) {
    if constexpr (std::is_void_v<returned>) {
      Policy::call(here, f, item);
      values.emplace_back();
    } else {
      if constexpr (reduces) {
        if (!values.empty()) {
          values.front() = reduce(std::move(values.front()), Policy::call(here, f, item));
          return;
        }
      }
      values.push_back(Policy::call(here, f, item));
    }
  }
};

}  // namespace cohort::detail
