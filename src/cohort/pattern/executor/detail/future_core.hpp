#pragma once

#include <cohort/core/detail/owned.hpp>
#include <cohort/pattern/detail/nothing.hpp>
#include <cohort/pattern/executor/exception_types.hpp>
#include <cohort/pattern/executor/task_state.hpp>
#include <cohort/pattern/task_error.hpp>
#include <cohort/serial/pack.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

namespace cohort::journal {
struct fingerprint;
}

namespace cohort::detail {

/// What is known of a task that failed; travels by value, but for its last two members.
struct failed_task {
  task_failure failure;
  exception_types::written exception;
  std::shared_ptr<const exception_types> types;  ///< to throw it again
  std::exception_ptr local;                      ///< or the exception itself, if it was thrown in this process

  [[noreturn]] void raise() const;
};

class task_home;
class kept_task;

/// How futures find their home, as long as there is one.
struct home_link {
  explicit home_link(task_home* of) noexcept : home{of} {}
  std::atomic<task_home*> home;
};

/// The state that futures of one task share: written once by the task's home, under its lock; read by anybody once
/// it has ended.
class future_core {
 public:
  explicit future_core(task_home& home) noexcept;
  /// At the home of another, which may have gone.
  explicit future_core(std::shared_ptr<const home_link> link) noexcept;
  future_core(const future_core&) = delete;
  future_core& operator=(const future_core&) = delete;
  virtual ~future_core();

  [[nodiscard]] task_state last_state() const noexcept { return state_.load(std::memory_order_acquire); }
  [[nodiscard]] bool ended() const noexcept { return has_ended(last_state()); }
  /// Only while the task has not ended: it is there then.
  [[nodiscard]] task_home& home() const noexcept { return *live_home(); }
  /// Null: it has gone.
  [[nodiscard]] const std::shared_ptr<const home_link>& link() const noexcept { return link_; }
  [[nodiscard]] task_home* live_home() const noexcept { return link_->home.load(std::memory_order_acquire); }

  /// Under the home's lock. @{
  void retrying() noexcept { state_.store(task_state::retrying, std::memory_order_release); }
  /// The result has come. If it cannot be read, the task has failed.
  void succeed(std::span<const std::byte> payload);
  void fail(failed_task&& why);
  std::uint64_t id = none;  ///< the home's number of the task
  std::vector<std::function<void()>> callbacks;
  /// @}

  /// Its row in the result store; null: it is not kept. Set before anybody else knows the core.
  std::shared_ptr<kept_task> kept;
  /// What its result is recorded as in the journal; null: it is not. Set when the task is submitted.
  owned<const journal::fingerprint> recorded_as;
  /// What the program calls it; null: nothing. Set before anybody else knows the core.
  std::shared_ptr<const std::string> name;
  /// Of the result.
  [[nodiscard]] virtual const std::type_info& type() const noexcept = 0;

  static constexpr std::uint64_t none = ~std::uint64_t{0};

  /// Only of a task that has failed.
  [[nodiscard]] const failed_task& failure() const noexcept { return *failed_; }

  /// Somebody has asked how it ended.
  void observe() noexcept { observed_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool observed() const noexcept { return observed_.load(std::memory_order_relaxed); }

 protected:
  void succeeded() noexcept { state_.store(task_state::succeeded, std::memory_order_release); }

 private:
  virtual void decode(std::span<const std::byte> payload) = 0;

  std::shared_ptr<const home_link> link_;
  owned<failed_task> failed_;
  std::atomic<task_state> state_{task_state::pending};
  std::atomic<bool> observed_{false};
};

template <class T>
class future_value final : public future_core {
 public:
  using stored = something<T>;
  using future_core::future_core;

  [[nodiscard]] const std::type_info& type() const noexcept override { return typeid(T); }
  [[nodiscard]] stored& value() noexcept { return *value_; }
  /// The result of a callback, under the home's lock.
  void set(stored&& value) {
    value_.emplace(std::move(value));
    succeeded();
  }

 private:
  void decode(std::span<const std::byte> payload) override { serial::unpack_into(payload, value_.emplace()); }

  std::optional<stored> value_;
};

}  // namespace cohort::detail
