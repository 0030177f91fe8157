#include "farm/join/detachment.hpp"

#include <cohort/pattern/crew/clock.hpp>

#include "farm/errors.hpp"
#include "farm/interruption.hpp"
#include "farm/losses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iterator>

namespace cohort_farm {

using namespace std::chrono_literals;
namespace crew = cohort::crew;
namespace dispatch = cohort::dispatch;
using crew::word;

namespace {

/// What runs ends within so much, or hangs in the kernel.
constexpr auto end_within = 10s;

}  // namespace

/// No rank keeps what it has not begun, so that all of that can be given back.
detachment::detachment(const cohort::communicator& comm, const parts& with, const std::string& host)
    : how_{with.how},
      post_{with.post},
      drain_{with.until},
      local_{with.local},
      crew_{comm, with.local, *this, {.prefetch = 0}, host, survival_of(with.how)},
      slots_{static_cast<std::uint32_t>(comm.size()) * with.how.jobs} {}

detachment::ending detachment::run() {
  std::optional<ending> end;
  while (!end) {
    mind_the_time();
    hear_farm();
    crew_.step(10ms);
    move_outputs();
    post_.say(std::move(out_));
    end = look_around();
  }
  end_what_runs();
  crew_.dismiss(end_within);
  // What does not end, though it was killed, runs on: the farm waits for the end of the lease.
  const bool said = numbers_.empty() && post_.leave(5s);
  if (!said && end->status == 0) end->why += "; it could not say so, and will be missed";
  return *end;
}

/// Whether it is time to go, and why.
std::optional<detachment::ending> detachment::look_around() {
  const auto standing = post_.look();
  if (dismissed_) return ending{0, "the farm has ended"};
  if (standing == correspondent::standing::gone) {
    return ending{
        lost_status,
        "the farm is gone, or has given this one up (it was killed, or has heard nothing from here for too "
        "long); if the farm runs again, join it again"};
  }
  if (standing == correspondent::standing::over) {
    const auto problem = post_.problem();
    return ending{
        lost_status,
        fmt::format("the farm has not answered for {:.0f} s ({}); what ran here was ended, and runs again "
                    "when the farm goes on (--resume)",
                    std::chrono::duration<double>(post_.farm().lease).count() / 2,
                    problem.empty() ? "it was killed, or stands still" : problem.c_str())};
  }
  if (interruption::requested()) {
    const int signal = interruption::signal();
    const char* const name = ::sigabbrev_np(signal);
    return ending{128 + signal, name != nullptr ? fmt::format("it was told to by SIG{}", name)
                                                : fmt::format("it was told to by signal {}", signal)};
  }
  if (closing_ && drain_.begun() && numbers_.empty() && moving_.empty()) {
    const bool told = told_to_drain_ || interruption::drain_requested();
    return ending{0, told ? "it was told to by SIGUSR1" : "its time is over"};
  }
  return std::nullopt;
}

/// What is ended here is told as stopped, and runs again elsewhere.
void detachment::end_what_runs() {
  post_.stand_down();
  if (!closing_) out_.add(word::drain);
  closing_ = true;
  stop_everything();
  crew_.step(0ms);
  if (local_.unfinished() != 0) local_.end_all();
  const bool heard = post_.look() == correspondent::standing::member;
  const auto until = crew::now() + end_within;
  while ((!numbers_.empty() || (heard && !moving_.empty())) && crew::now() < until) {
    crew_.step(5ms);
    move_outputs();
    post_.say(std::move(out_));
  }
  post_.say(std::move(out_));
}

void detachment::mind_the_time() {
  const auto before = drain_.current();
  const auto now = drain_.look(crew::now(), told_to_drain_ || interruption::drain_requested());
  if (now == before) return;
  if (before == drain::phase::none) {
    closing_ = true;
    out_.add(word::drain);
    give_back(numbers_.size());
    tell_all(encode(wind_up{}));
  }
  if (now == drain::phase::stopping) tell_all(encode(wind_up{true, drain_.grace().count()}));
  if (now == drain::phase::leaving) stop_everything();
}

void detachment::tell_all(bytes_view text) {
  for (worker_id w = 0; w != crew_.workers(); ++w) crew_.tell(w, text);
}

void detachment::hear_farm() {
  for (const auto& letter : post_.hear()) {
    crew::letter_reader reader{letter};
    while (const auto order = reader.next()) obey(*order);
  }
}

void detachment::obey(const crew::letter_reader::entry& order) {
  switch (order.head.kind) {
    case word::run:
      accept(order.of(), order.payload);
      break;
    case word::stop:
      if (const auto found = numbers_.find({order.head.task, order.head.attempt}); found != numbers_.end()) {
        stop(found->second);
      }
      break;
    case word::recall:
      give_back(static_cast<std::size_t>(order.head.number));
      break;
    case word::note:
      closing_ = true;  // the farm winds up
      give_back(numbers_.size());
      tell_all(order.payload);
      break;
    case word::leave:
      dismissed_ = true;
      break;
    default:
      break;
  }
}

void detachment::accept(job of, std::span<const std::byte> payload) {
  (void)decode_task(payload);  // or it throws
  entry what{of, {payload.begin(), payload.end()}};
  if (closing_) {
    report(what, kind::stopped, never_begun(what));
    return;
  }
  const auto task = crew_.scheduler().add();
  numbers_.emplace(std::pair{of.task, of.attempt}, task);
  entries_.emplace_hint(entries_.end(), task, std::move(what));
}

/// What a rank has ends with that rank's report, which comes as a stale one.
void detachment::stop(task_id task) {
  auto* const found = find(task);
  if (found == nullptr) return;
  found->stopped = true;
  if (waits(task)) end(task, kind::stopped);
  crew_.scheduler().cancel(task);
}

void detachment::stop_everything() {
  for (auto next = entries_.begin(); next != entries_.end();) {
    const auto& [task, each] = *next++;  // it may be erased
    if (!each.stopped) stop(task);
  }
}

/// The latest first.
void detachment::give_back(std::size_t most) {
  for (auto after = entries_.end(); after != entries_.begin() && most != 0;) {
    const auto each = std::prev(after);
    if (waits(each->first)) {
      hand_back(each->first);  // and erases it
      --most;
    } else {
      after = each;
    }
  }
}

/// No rank has it.
bool detachment::waits(task_id task) const {
  const auto state = crew_.scheduler().state(task);
  return state == dispatch::task_state::pending || state == dispatch::task_state::retrying;
}

void detachment::hand_back(task_id task) {
  end(task, kind::stopped);
  crew_.scheduler().cancel(task);
}

detachment::entry* detachment::find(task_id task) {
  const auto found = entries_.find(task);
  return found == entries_.end() ? nullptr : &found->second;
}

bytes detachment::never_begun(const entry& what) {
  const auto order = decode_task(what.order);
  completion how;
  how.seq = order.seq;
  how.attempt = order.attempt;
  how.signal = SIGTERM;
  return encode(how);
}

/// The farm hears of it, at once or when its output is in a file; nothing is kept here.
void detachment::end(task_id task, kind how, bytes&& result) {
  auto what = std::move(entries_.extract(task).mapped());
  numbers_.erase({what.of.task, what.of.attempt});
  what.how = how;
  auto told = decode_completion(result);
  if (what.worker) told.host = crew_.host(*what.worker);
  if (told.where == completion::place::at_runner && what.worker) {
    const job at{task, what.attempt};
    moving_.push_back({std::move(what), at, std::move(told)});
    move_outputs();
  } else {
    report(what, how, encode(told));
  }
}

void detachment::report(const entry& what, kind how, bytes_view result) {
  if (how == kind::succeeded || how == kind::failed) ++ran_;
  out_.add(word::report, what.of, what.took.count(), result, how);
}

}  // namespace cohort_farm
