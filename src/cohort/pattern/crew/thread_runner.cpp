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
  };

  shared(function f, std::uint32_t n, bool starts) : run{std::move(f)}, slots{n}, report_starts{starts} {}

  const function run;
  const std::uint32_t slots;
  const bool report_starts;

  std::mutex mutex;
  std::vector<std::thread> threads;
  std::condition_variable work;  ///< for the threads: something is waiting, or the end has come
  std::condition_variable news;  ///< for the owner: there is something to report
  std::deque<waiting_job> waiting;
  std::vector<report> done;
  dispatch::time_point first_done{0};
  std::size_t running = 0;  ///< jobs in threads, held ones included
  std::size_t held = 0;     ///< of these, how many wait for others
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

  static void live(const std::shared_ptr<shared>& self) {
    std::unique_lock lock{self->mutex};
    for (;;) {
      // A job that has waited goes on at once, so that for a moment more may run than there are slots.
      self->work.wait(lock, [&] {
        return self->closing || (!self->waiting.empty() && self->running < self->slots + self->held);
      });
      if (self->closing) return;
      auto next = std::move(self->waiting.front());
      self->waiting.pop_front();
      ++self->running;
      if (self->report_starts) self->push_report({report::kind::started, next.of, {}, {}}, true);
      lock.unlock();
      const auto begun = now();
      auto made = self->run(next.of, next.payload);
      const auto took = now() - begun;
      lock.lock();
      --self->running;
      self->push_report(
          {made.success ? report::kind::succeeded : report::kind::failed, next.of, took, std::move(made.payload)},
          self->waiting.empty() || took >= 100us);
    }
  }
};

thread_runner::thread_runner(function run, std::uint32_t threads, bool report_starts)
    : shared_{std::make_shared<shared>(std::move(run), std::max(threads, 1U), report_starts)} {
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
  {
    const std::lock_guard lock{shared_->mutex};
    shared_->waiting.push_back({what, {payload.begin(), payload.end()}});
  }
  ++unfinished_;
  shared_->work.notify_one();
}

void thread_runner::stop(job what) {
  const std::lock_guard lock{shared_->mutex};
  auto& waiting = shared_->waiting;
  const auto found = std::find_if(waiting.begin(), waiting.end(), [&](const auto& w) {
    return w.of.task == what.task && w.of.attempt == what.attempt;
  });
  if (found == waiting.end()) return;
  waiting.erase(found);
  shared_->push_report({report::kind::stopped, what, {}, {}}, true);
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
  if (s.threads.size() == s.running && !s.closing) {
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
