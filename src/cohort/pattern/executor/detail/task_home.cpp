#include <cohort/core/error.hpp>
#include <cohort/pattern/executor/detail/task_home.hpp>

#include <iterator>
#include <string>
#include <utility>

namespace cohort::detail {

task_terms checked_terms(const submit_options& options) {
  const auto count = [](const char* what, std::chrono::nanoseconds time) {
    if (time.count() >= 0) return static_cast<std::int64_t>(time.count());
    throw argument_error{std::string{"executor: "} + what +
                         " is negative (it is a length of time); pass zero for none"};
  };
  task_terms terms;
  terms.timeout = count("timeout", options.timeout);
  terms.backoff = count("backoff", options.backoff);
  terms.backoff_max = count("backoff_max", options.backoff_max);
  terms.countdown = count("countdown", options.countdown);
  terms.expires = count("expires", options.expires);
  terms.priority = options.priority;
  terms.retries = options.retries;
  // Timeouts and expiry count from a task's start, so its start must be told.
  terms.say_started = options.track_started || terms.timeout != 0 || terms.expires != 0 ? 1 : 0;
  terms.guarded = options.guarded ? 1 : 0;
  if (options.ranks < 1) {
    throw argument_error{"executor: a task of " + std::to_string(options.ranks) +
                         " ranks (nobody would run it); pass at least 1"};
  }
  terms.ranks = static_cast<std::uint32_t>(options.ranks);
  if (options.guarded && options.ranks > 1) {
    throw argument_error{
        "executor: a guarded task of several ranks (the processes that run guarded tasks cannot call MPI, so its "
        "members could not talk); leave out guarded, or ranks"};
  }
  return terms;
}

bool unasked_failures::add(std::shared_ptr<future_core> failed) {
  failed_.push_back(std::move(failed));
  return failed_.size() >= sift_at_;
}

task_home::task_home() : link_{std::make_shared<home_link>(this)} {}

task_home::~task_home() {
  link_->home = nullptr;
}

void task_home::when_ended(future_core& core, std::function<void()> callback) {
  {
    const std::lock_guard lock{mutex_};
    if (!core.ended()) {
      core.callbacks.push_back(std::move(callback));
      return;
    }
  }
  callback();
}

void task_home::forgo(const std::shared_ptr<future_core>& core, const failed_task& why) {
  settle(core, [&] { core->fail(failed_task{why}); });
}

void task_home::settle(const std::shared_ptr<future_core>& core, const std::function<void()>& how) {
  {
    const std::lock_guard lock{mutex_};
    if (core->ended()) return;
    how();
    ended(*core);
    remember(core);
  }
  run_callbacks();
}

void task_home::cancel(future_core& core) {
  {
    const std::lock_guard lock{mutex_};
    if (core.ended()) return;
    if (core.id == future_core::none) {  // waits for its arguments
      failed_task why;
      why.failure.reason = dispatch::end_reason::cancelled;
      core.fail(std::move(why));
      ended(core);
    } else {
      cancel_submitted(core);
    }
  }
  run_callbacks();
}

void task_home::remember(std::shared_ptr<future_core> core) {
  if (core->last_state() != task_state::failed || core->observed()) return;
  if (unasked_.add(std::move(core))) sift_unasked();
}

void task_home::sift_unasked() {
  unasked_.sift([this](const future_core& core) { lost(core); });
}

void task_home::ended(future_core& core) {
  if (core.kept) kept_ended(core);
  if (core.callbacks.empty()) return;
  std::move(core.callbacks.begin(), core.callbacks.end(), std::back_inserter(due_));
  core.callbacks.clear();
  any_due_.store(true, std::memory_order_release);
}

bool task_home::run_callbacks() {
  if (!any_due_.load(std::memory_order_acquire)) {
    news();
    return false;
  }
  std::vector<std::function<void()>> due;
  {
    const std::lock_guard lock{mutex_};
    due.swap(due_);
    any_due_.store(false, std::memory_order_relaxed);
    ++calling_;
  }
  struct leave {
    explicit leave(task_home& home) : of{home} {}
    leave(const leave&) = delete;
    leave& operator=(const leave&) = delete;
    ~leave() {
      const std::lock_guard lock{of.mutex_};
      --of.calling_;
    }
    task_home& of;
  };
  const leave here{*this};
  for (auto& callback : due) callback();
  news();
  return !due.empty();
}

}  // namespace cohort::detail
