#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/pattern/crew/levels.hpp>
#include <cohort/pattern/crew/thread_runner.hpp>
#include <cohort/pattern/detail/nothing.hpp>
#include <cohort/pattern/farm_options.hpp>
#include <cohort/pattern/farm_report.hpp>
#include <cohort/pattern/task_error.hpp>
#include <cohort/pattern/task_sink.hpp>
#include <cohort/serial/pack.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

namespace cohort::detail {

template <class Function, class Task>
inline constexpr bool creates_tasks = std::is_invocable_v<Function&, Task&, task_sink<Task>&>;

/// Calls the user's function, whichever of the two forms it has.
template <class Function, class Task>
auto call_task(Function& function, Task& task, task_sink<Task>& sink) {
  const auto invoke = [&]() -> decltype(auto) {
    if constexpr (creates_tasks<Function, Task>) {
      return function(task, sink);
    } else {
      static_assert(std::is_invocable_v<Function&, Task&>, "cohort: the farm's function must take one task");
      return function(task);
    }
  };
  if constexpr (std::is_void_v<decltype(invoke())>) {
    invoke();
    return nothing{};
  } else {
    return invoke();
  }
}

/// Copies of the user's function, so that no two threads call the same one at the same time.
template <class Function>
class function_copies {
 public:
  function_copies(const Function& function, std::uint32_t threads) : copies_(std::max(threads, 1U), function) {
    for (auto& copy : copies_) free_.push_back(&copy);
  }

  /// One copy, for as long as this object lives. There is one for each thread, so there is always one.
  class borrowed {
   public:
    explicit borrowed(function_copies& from) : from_{from}, copy_{from.take()} {}
    borrowed(const borrowed&) = delete;
    borrowed& operator=(const borrowed&) = delete;
    ~borrowed() { from_.give_back(copy_); }
    [[nodiscard]] Function& operator*() const noexcept { return *copy_; }

   private:
    function_copies& from_;
    Function* copy_;
  };

 private:
  [[nodiscard]] Function* take() {
    if (copies_.size() == 1) return &copies_.front();
    const std::lock_guard lock{mutex_};
    auto* const copy = free_.back();
    free_.pop_back();
    return copy;
  }
  void give_back(Function* copy) noexcept {
    if (copies_.size() == 1) return;
    const std::lock_guard lock{mutex_};
    free_.push_back(copy);  // there was room before
  }

  std::vector<Function> copies_;
  std::mutex mutex_;
  std::vector<Function*> free_;
};

/// How a function of the user's becomes one from bytes to bytes: task in, result (and the tasks it created) out.
template <class Function, class Task>
struct farm_work {
  using result_type =
      decltype(call_task(std::declval<Function&>(), std::declval<Task&>(), std::declval<task_sink<Task>&>()));
  static constexpr bool creates = creates_tasks<Function, Task>;

  /// Owns copies of the function, one for each of `threads`: they may outlive the farm if a task is left behind.
  static crew::thread_runner::function make(const Function& function, const communicator& comm,
                                            std::uint32_t threads) {
    const int rank = comm.rank();
    return [copies = std::make_shared<function_copies<Function>>(function, threads), rank](
               crew::job of, std::span<const std::byte> payload) {
      try {
        auto task = serial::unpack<Task>(payload);
        task_sink<Task> sink;
        const typename function_copies<Function>::borrowed copy{*copies};
        const auto result = call_task(*copy, task, sink);
        return crew::outcome{true, pack(result, sink.take())};
      } catch (...) {
        auto failure = describe_current_exception();
        failure.rank = rank;
        failure.task = of.task;
        failure.attempt = of.attempt;
        return crew::outcome{false, pack(failure, {})};
      }
    };
  }

 private:
  template <class T>
  static std::vector<std::byte> pack(const T& object, const std::vector<Task>& created) {
    const auto size = serial::packed_size(object) + (creates ? serial::packed_size(created) : 0);
    std::vector<std::byte> bytes(size);
    auto* end = serial::pack_to(bytes.data(), object);
    if constexpr (creates) serial::pack_to(end, created);
    return bytes;
  }
};

/// The other ranks' half of farm::run.
[[nodiscard]] farm_report farm_serve(const crew::levels& ranks, crew::thread_runner::function work,
                                     const farm_options& options);

}  // namespace cohort::detail
