#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/pattern/crew/drain_watch.hpp>
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
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace cohort::crew {
class seat_place;
}

namespace cohort::detail {

template <class Function, class Task>
inline constexpr bool creates_alone = std::is_invocable_v<Function&, Task&, task_sink<Task>&>;

/// Functions that want the communicator of those who run the task together; what can do without gets none, since a
/// communicator turns into many a type. @{
template <class Function, class Task>
inline constexpr bool creates_in_company =
    !creates_alone<Function, Task> && !std::is_invocable_v<Function&, Task&> &&
    std::is_invocable_v<Function&, Task&, task_sink<Task>&, communicator&>;
template <class Function, class Task>
inline constexpr bool takes_members = creates_in_company<Function, Task> ||
                                      (!creates_alone<Function, Task> && !std::is_invocable_v<Function&, Task&> &&
                                       std::is_invocable_v<Function&, Task&, communicator&>);
/// @}

template <class Function, class Task>
inline constexpr bool creates_tasks = creates_alone<Function, Task> || creates_in_company<Function, Task>;

/// Calls the user's function, whichever of the four forms it has.
template <class Function, class Task>
auto call_task(Function& function, Task& task, task_sink<Task>& sink, communicator& members) {
  const auto invoke = [&]() -> decltype(auto) {
    if constexpr (creates_alone<Function, Task>) {
      return function(task, sink);
    } else if constexpr (creates_in_company<Function, Task>) {
      return function(task, sink, members);
    } else if constexpr (takes_members<Function, Task>) {
      return function(task, members);
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

/// Where tasks find their communicator; null if they have none. Collective.
[[nodiscard]] std::shared_ptr<crew::seat_place> farm_place(const crew::levels& ranks, const farm_options& options,
                                                           bool wanted, const call_site& where);
/// Of that place, which may be null; in a job's own thread: see seat_place. @{
[[nodiscard]] bool in_company(const std::shared_ptr<crew::seat_place>& place) noexcept;
[[nodiscard]] std::optional<communicator> take_place(crew::seat_place& place, crew::job seat);
/// @}
/// What a seat begins with (see gang_front); `payload` is the task afterwards.
[[nodiscard]] crew::job take_job(std::span<const std::byte>& payload);

/// What a rank of a farm runs its tasks by, in a run.
struct farm_rank {
  crew::thread_runner::function work;
  std::shared_ptr<crew::seat_place> place;  ///< null: tasks have no communicator
  crew::drain_watch watch{};
};

/// How a function of the user's becomes one from bytes to bytes: task in, result (and the tasks it created) out.
template <class Function, class Task>
struct farm_work {
  static constexpr bool creates = creates_tasks<Function, Task>;
  using result_type = decltype(call_task(std::declval<Function&>(), std::declval<Task&>(),
                                         std::declval<task_sink<Task>&>(), std::declval<communicator&>()));

  /// Owns copies of the function, one for each thread: they may outlive the farm if a task is left behind.
  /// Collective, since it throws argument_error on every rank if one may not call MPI in threads, and tasks need
  /// it.
  static farm_rank make(const Function& function, const crew::levels& ranks, const farm_options& options,
                        const call_site& where) {
    auto place = farm_place(ranks, options, takes_members<Function, Task>, where);
    const int rank = ranks.all().rank();
    return {[copies = std::make_shared<function_copies<Function>>(function, options.threads), place, rank](
                crew::job of, std::span<const std::byte> payload) {
              const bool company = in_company(place);
              const auto seat = of;
              if (company) of = take_job(payload);
              try {
                communicator members;
                if (place) {
                  auto all_there = take_place(*place, seat);
                  if (!all_there) return crew::outcome{};  // called off: nobody looks at it
                  members = std::move(*all_there);
                }
                auto task = serial::unpack<Task>(payload);
                task_sink<Task> sink;
                const typename function_copies<Function>::borrowed copy{*copies};
                const auto result = call_task(*copy, task, sink, members);
                if (company && members.rank() != 0) return crew::outcome{true, {}};  // the leader's result counts
                return crew::outcome{true, pack(result, sink.take())};
              } catch (...) {
                auto failure = describe_current_exception();
                failure.rank = rank;
                failure.task = of.task;
                failure.attempt = of.attempt;
                return crew::outcome{false, pack(failure, {})};
              }
            },
            place};
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
[[nodiscard]] farm_report farm_serve(const crew::levels& ranks, farm_rank&& mine, const farm_options& options);

}  // namespace cohort::detail
