#include <cohort/async/detail/stop_relay.hpp>
#include <cohort/async/error.hpp>
#include <cohort/async/event_loop.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace cohort {

using namespace std::chrono_literals;

event_loop::event_loop(event_loop_options options)
    : options_{options}, mail_{std::make_shared<detail::mailbox>()} {}

event_loop::~event_loop() {
  mail_->close();
}

void event_loop::attach(event_source& source) {
  sources_.push_back(&source);
  if (idle_) source.idle(true);
}

void event_loop::detach(event_source& source) noexcept {
  const auto end = std::remove(sources_.begin(), sources_.end(), &source);
  if (end == sources_.end()) return;
  sources_.erase(end, sources_.end());
  if (idle_) source.idle(false);
}

void event_loop::be_idle(bool begins) {
  idle_ = begins;
  for (auto* each : sources_) each->idle(begins);
}

event_source& event_loop::keep(std::unique_ptr<event_source> source) {
  kept_.push_back(std::move(source));
  attach(*kept_.back());
  return *kept_.back();
}

void event_loop::run_until_done(std::coroutine_handle<> main, const detail::promise_base& promise,
                                detail::region& all, const std::stop_token& stop) {
  if (auto nobody = std::thread::id{}; !runs_in_.compare_exchange_strong(nobody, std::this_thread::get_id())) {
    throw argument_error{
        nobody == std::this_thread::get_id()
            ? "event_loop::run: the loop runs already (a task called it); co_await the task instead of running it"
            : "event_loop::run: the loop runs already, in another thread; make a loop for each thread"};
  }
  struct running {
    explicit running(event_loop& which) : loop{which} {}
    running(const running&) = delete;
    running& operator=(const running&) = delete;
    ~running() {
      loop.be_awake();
      loop.runs_in_ = std::thread::id{};
    }
    event_loop& loop;
  };
  const running here{*this};
  if (left_behind_) {
    throw error{
        "event_loop::run: the loop was given up (tasks of an earlier run could not be stopped); make another"};
  }
  const detail::stop_relay relay{all, stop};
  failure_ = nullptr;
  go_on_with(main);
  try {
    drive(promise, all);
  } catch (...) {
    all.request_stop();  // cancels what can be cancelled
    left_behind_ = !requests_.empty();
    throw;
  }
}

void event_loop::drive(const detail::promise_base& main, detail::region& all) {
  std::size_t stuck = 0;
  for (;;) {
    run_ready();
    if (main.over()) break;
    look();
    if (!ready_.alone()) {
      be_awake();
    } else if (may_wake()) {
      pause();
    } else if (stuck == 0) {
      stuck = std::max<std::size_t>(waiting_, 1);
      all.request_stop();
    } else {
      break;
    }
  }
  if (stuck != 0) {
    throw deadlock_error{fmt::format(
        "event_loop::run: {} task(s) wait, and nothing is left that could wake one (no operation of MPI, "
        "no timer, no other source is pending); look for what they wait for",
        stuck)};
  }
}

void event_loop::run_ready() {
  // Those that become ready meanwhile have their turn after the next look.
  round_end_.join(ready_);
  for (;;) {
    while (next_) std::exchange(next_, {}).resume();
    auto* const first = ready_.next();
    first->unlink();
    if (first == &round_end_) break;
    static_cast<detail::runnable*>(first)->frame.resume();
  }
}

void event_loop::look() {
  if (!requests_.empty()) requests_.poll(ready_.alone());
  if (!timers_.empty()) timers_.fire_due(clock::now());
  for (std::size_t i = 0; i < sources_.size(); ++i) sources_[i]->poll();
  if (!mail_->empty()) mail_->call_all();  // perhaps from a source
}

bool event_loop::may_wake() const noexcept {
  return !requests_.empty() || !timers_.empty() || mail_expected_ != 0 ||
         std::any_of(sources_.begin(), sources_.end(), [](const event_source* s) { return s->awaited(); });
}

bool event_loop::something_to_do() const noexcept {
  return !ready_.alone() || !mail_->empty();
}

std::optional<event_loop::clock::time_point> event_loop::next_timer() const noexcept {
  return timers_.empty() ? std::nullopt : std::optional{timers_.next()};
}

event_source* event_loop::only_source() const noexcept {
  event_source* found = nullptr;
  for (auto* each : sources_) {
    if (!each->awaited()) continue;
    if (found != nullptr) return nullptr;
    found = each;
  }
  return found;
}

void event_loop::give_up() {
  if (failure_) std::rethrow_exception(failure_);
  throw timeout_error{fmt::format(
      "event_loop::run: {} task(s) were told to stop, and wait for sends or collective operations, which cannot be "
      "cancelled (the other ranks do not come; see event_loop_options::patience); {} operation(s) are still under "
      "way: memory outside the tasks that they use must live until MPI is finalised",
      waiting_, requests_.size())};
}

void event_loop::pause() {
  constexpr int spins = 64;
  // Not while it spins: the sources may tell others, in messages.
  const auto rest = [this] {
    if (!idle_ && !sources_.empty()) be_idle(true);
  };
  auto* const source = sources_.empty() || !requests_.empty() ? nullptr : only_source();
  if (source != nullptr) {
    rest();
    if (source->wait([this] { return something_to_do(); }, next_timer())) return;
  }
  const bool polls = !requests_.empty() || std::any_of(sources_.begin(), sources_.end(),
                                                       [](const event_source* s) { return s->awaited(); });
  if (polls && ++idle_looks_ <= spins) return;
  rest();
  const auto now = clock::now();
  if (idle_since_ == clock::time_point{}) idle_since_ = now;
  const auto waited = now - idle_since_;
  if (told_ != 0 && told_ == waiting_ && waited > options_.patience) give_up();
  const auto timer = next_timer();
  if (!polls) {
    mail_->sleep_until(timer.value_or(now + 100ms));
  } else if (waited < 2ms) {
    std::this_thread::yield();
  } else {
    const auto end = now + std::min<clock::duration>(waited / 16, 1ms);
    mail_->sleep_until(std::min(end, timer.value_or(end)));
  }
}

}  // namespace cohort
