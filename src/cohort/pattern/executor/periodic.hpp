#pragma once

#include <cohort/pattern/executor/submission.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace cohort {

/// A task that is run again and again, until it is stopped or the executor's body returns: what Celery calls beat.
/// Made by executor::every. Copies share one.
class periodic {
 public:
  /// No run begins any more; one that is waited for is revoked.
  void stop() const { shared_->stop(); }
  /// Runs that have ended.
  [[nodiscard]] std::uint64_t runs() const noexcept { return shared_->runs; }
  /// Of these, those that failed; they do not end the series. If nobody calls this, run_executor ends with the
  /// first.
  [[nodiscard]] std::uint64_t failures() const noexcept {
    shared_->asked = true;
    return shared_->failures;
  }

 private:
  friend class executor;

  struct shared : std::enable_shared_from_this<shared> {
    virtual ~shared() = default;
    virtual void stop() = 0;
    /// The body has returned: no run begins any more, and a failure that nobody asked about is told.
    virtual void end() = 0;
    std::atomic<std::uint64_t> runs{0};
    std::atomic<std::uint64_t> failures{0};
    std::atomic<bool> asked{false};
  };

  template <class F>
  struct series final : shared {
    using clock = detail::task_home::clock;
    series(submission where, submit_options how, std::chrono::nanoseconds each, F f)
        : pool{std::move(where)}, options{std::move(how)}, period{each}, function{std::move(f)}, due{clock::now()} {
      options.journal = false;  // what was done some time ago is to be done again
    }

    void begin() {
      const std::lock_guard lock{mutex};
      if (stopped) return;
      due += period;
      auto how = options;
      how.countdown = std::max(due - clock::now(), clock::duration{0});
      current = pool.with(how).of_series().submit(function);
      current.on_done([self = std::static_pointer_cast<series>(this->shared_from_this())](const auto& ended) {
        if (ended.state() == task_state::revoked &&
            detail::future_access::core(ended)->failure().failure.reason == dispatch::end_reason::drained)
          return;  // as would the next
        if (ended.state() != task_state::succeeded) self->failed(ended);
        ++self->runs;
        self->begin();
      });
    }
    void stop() override {
      const std::lock_guard lock{mutex};
      stopped = true;
      if (current.valid()) current.cancel();
    }
    void end() override {
      stop();
      {
        const std::lock_guard lock{mutex};
        over = true;
      }
      tell();
    }
    void failed(const future<detail::call_result<F>>& run) {
      ++this->failures;
      {
        const std::lock_guard lock{mutex};
        if (first != nullptr || run.state() != task_state::failed) return;
        first = detail::future_access::core(run);
      }
      tell();
    }
    /// The first failure, when the body has returned: as that of a task that nobody asks about, unless somebody
    /// has. Once. Not under the lock: whatever settles a future may run callbacks, those of another series too.
    void tell() {
      {
        const std::lock_guard lock{mutex};
        if (!over || first == nullptr || this->asked || std::exchange(told_of, true)) return;
      }
      auto& home = pool.home();
      const auto told = std::make_shared<detail::future_value<void>>(home);
      home.settle(told, [&] { told->fail(detail::failed_task{first->failure()}); });
    }

    submission pool;
    submit_options options;
    std::chrono::nanoseconds period;
    F function;
    std::recursive_mutex mutex;
    clock::time_point due;
    bool stopped = false;
    bool over = false;  ///< the body has returned
    bool told_of = false;
    future<detail::call_result<F>> current;
    std::shared_ptr<detail::future_core> first;  ///< of the runs that failed
  };

  explicit periodic(std::shared_ptr<shared> of) : shared_{std::move(of)} {}
  std::shared_ptr<shared> shared_;
};

}  // namespace cohort
