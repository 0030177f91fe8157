#include <cohort/core/error.hpp>
#include <cohort/pattern/crew/clock.hpp>
#include <cohort/pattern/crew/thread_runner.hpp>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace cohort::crew {

using namespace std::chrono_literals;

/// What the threads and their owner share. Everything below `mutex` is guarded by it.
struct thread_runner::shared {
  struct waiting_job {
    job of;
    std::vector<std::byte> payload;
    bool brief = false;
  };

  shared(function f, std::uint32_t n, bool starts, forecast guess)
      : run{std::move(f)}, brief{n == 1 ? std::move(guess) : forecast{}}, slots{n}, report_starts{starts} {}

  const function run;
  const forecast brief;  ///< or none
  const std::uint32_t slots;
  const bool report_starts;

  std::mutex mutex;
  std::vector<std::thread> threads;
  std::condition_variable work;  ///< for the threads: something is waiting, or the end has come
  std::condition_variable news;  ///< for the owner: there is something to report
  std::deque<waiting_job> waiting;
  std::vector<report> done;
  dispatch::time_point first_done{0};
  std::size_t running = 0;  ///< jobs in threads, held and helped ones included
  std::size_t held = 0;     ///< of these, how many wait for others
  std::size_t helped = 0;   ///< of these, how many run in a thread of the owner's
  bool owner_waits = false;
  bool closing = false;

  void push_report(report&& what, bool urgent) {
    if (done.empty()) first_done = now();
    done.push_back(std::move(what));
    // Waking the owner costs a change of thread, so reports of tiny jobs are collected a little.
    if (owner_waits && (urgent || now() - first_done >= 100us)) {
      owner_waits = false;
      news.notify_one();
    }
  }

  /// The owner must hear how many slots there are now.
  void push_slots() {
    push_report({report::kind::slots, {}, dispatch::duration{static_cast<std::int64_t>(slots + held)}, {}}, true);
  }

  /// Something waits, and there is a slot for it. A job that has waited for others goes on at once, so that for a
  /// moment more may run than there are slots.
  [[nodiscard]] bool runnable() const { return !waiting.empty() && running < slots + held; }
  [[nodiscard]] bool for_thread() const { return runnable() && !waiting.front().brief; }
  [[nodiscard]] bool for_help() const { return runnable() && waiting.front().brief; }

  /// Runs what waits first, without the lock. Returns when that ended.
  dispatch::time_point run_first(std::unique_lock<std::mutex>& lock) {
    auto next = std::move(waiting.front());
    waiting.pop_front();
    ++running;
    if (report_starts) push_report({report::kind::started, next.of, {}, {}}, true);
    lock.unlock();
    const auto begun = now();
    auto made = run(next.of, next.payload);
    const auto ended = now();
    const auto took = ended - begun;
    lock.lock();
    --running;
    const auto how = made.interrupted ? report::kind::stopped
                     : made.success   ? report::kind::succeeded
                                      : report::kind::failed;
    push_report({how, next.of, took, std::move(made.payload)},
                waiting.empty() || waiting.front().brief || took >= 100us);
    return ended;
  }

  static void live(const std::shared_ptr<shared>& self) {
    std::unique_lock lock{self->mutex};
    for (;;) {
      self->work.wait(lock, [&] { return self->closing || self->for_thread(); });
      if (self->closing) return;
      self->run_first(lock);
    }
  }
};

thread_runner::thread_runner(function run, std::uint32_t threads, bool report_starts, forecast brief)
    : shared_{std::make_shared<shared>(std::move(run), std::max(threads, 1U), report_starts, std::move(brief))} {
  const std::lock_guard lock{shared_->mutex};
  for (std::uint32_t i = 0; i != shared_->slots; ++i) {
    shared_->threads.emplace_back([s = shared_] { shared::live(s); });
  }
}

thread_runner::~thread_runner() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock{shared_->mutex};
    shared_->closing = true;
    shared_->waiting.clear();
    threads = std::move(shared_->threads);
  }
  shared_->work.notify_all();
  for (auto& t : threads) {
    if (abandoned_) {
      t.detach();
    } else {
      t.join();
    }
  }
}

void thread_runner::leave_behind() noexcept {
  abandoned_ = true;
}

std::uint32_t thread_runner::slots() const {
  return shared_->slots;
}

void thread_runner::accept(job what, std::span<const std::byte> payload) {
  const bool brief = shared_->brief && shared_->brief(payload);
  {
    const std::lock_guard lock{shared_->mutex};
    shared_->waiting.push_back({what, {payload.begin(), payload.end()}, brief});
  }
  ++unfinished_;
  if (!brief) shared_->work.notify_one();
}

bool thread_runner::help(dispatch::duration budget) {
  std::unique_lock lock{shared_->mutex};
  if (!shared_->for_help()) return false;
  const auto until = now() + budget;
  ++shared_->helped;
  while (shared_->for_help() && shared_->run_first(lock) < until) {
  }
  --shared_->helped;
  if (shared_->for_thread()) shared_->work.notify_one();
  return true;
}

bool thread_runner::wants_help() const {
  const std::lock_guard lock{shared_->mutex};
  return shared_->for_help();
}

void thread_runner::no_help() {
  const std::lock_guard lock{shared_->mutex};
  for (auto& each : shared_->waiting) each.brief = false;
  if (shared_->for_thread()) shared_->work.notify_one();
}

void thread_runner::stop(job what) {
  withdraw(what);
}

bool thread_runner::withdraw(job what) {
  const std::lock_guard lock{shared_->mutex};
  auto& waiting = shared_->waiting;
  const auto found = std::find_if(waiting.begin(), waiting.end(), [&](const auto& w) {
    return w.of.task == what.task && w.of.attempt == what.attempt;
  });
  if (found == waiting.end()) return false;
  waiting.erase(found);
  if (shared_->for_thread()) shared_->work.notify_one();  // a brief one may have stood before it
  shared_->push_report({report::kind::stopped, what, {}, {}}, true);
  return true;
}

std::vector<job> thread_runner::give_back(std::size_t most) {
  std::vector<job> result;
  const std::lock_guard lock{shared_->mutex};
  while (result.size() < most && !shared_->waiting.empty()) {
    result.push_back(shared_->waiting.back().of);
    shared_->waiting.pop_back();
  }
  unfinished_ -= result.size();
  return result;
}

void thread_runner::collect(std::vector<report>& out, dispatch::duration patience) {
  std::vector<report> done;
  {
    std::unique_lock lock{shared_->mutex};
    if (shared_->done.empty() && patience > dispatch::duration{0}) {
      shared_->owner_waits = true;
      shared_->news.wait_for(lock, patience, [&] { return !shared_->owner_waits; });
      shared_->owner_waits = false;
    }
    done.swap(shared_->done);
  }
  for (auto& r : done) {
    const bool ended =
        r.what == report::kind::succeeded || r.what == report::kind::failed || r.what == report::kind::stopped;
    if (ended) --unfinished_;
    out.push_back(std::move(r));
  }
}

std::size_t thread_runner::unfinished() const {
  return unfinished_;
}

void thread_runner::say(report&& what) {
  const std::lock_guard lock{shared_->mutex};
  shared_->push_report(std::move(what), true);
}

thread_runner::hold::hold(thread_runner* of) {
  if (of == nullptr) return;
  constexpr std::size_t most = 1000;
  auto& s = *of->shared_;
  const std::lock_guard lock{s.mutex};
  if (s.held == most) {
    throw error{
        "executor: 1000 tasks of this rank wait for others (each holds a thread); let tasks return what is to be "
        "waited for, or wait in fewer of them"};
  }
  if (s.threads.size() <= s.running - s.helped && !s.closing) {
    s.threads.emplace_back([self = of->shared_] { shared::live(self); });
  }
  ++s.held;
  s.push_slots();
  s.work.notify_one();
  of_ = of->shared_;
}

thread_runner::hold::~hold() {
  if (!of_) return;
  const std::lock_guard lock{of_->mutex};
  --of_->held;
  of_->push_slots();
}

}  // namespace cohort::crew
