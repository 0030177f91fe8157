#include "farm/join/guest.hpp"

#include <cohort/pattern/crew/clock.hpp>

#include "farm/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <utility>

namespace cohort_farm {
namespace {

using namespace std::chrono_literals;
namespace crew = cohort::crew;
using crew::report;
using crew::word;

/// What is told within so much goes into one record.
constexpr auto gathered = 3ms;
/// Looks follow one another at the earliest so; and at the latest so, while it has something, and while it has not.
constexpr auto soonest = 4ms;
constexpr auto while_busy = 20ms;
constexpr auto while_idle = 200ms;
/// From a report to the order that follows from it.
constexpr auto journey = 25ms;

}  // namespace

guest::guest(std::string directory, guest_card who, bool ahead, time_point now)
    : directory_{std::move(directory)},
      who_{std::move(who)},
      ahead_{ahead},
      orders_{directory_ + "/orders", who_.salt},
      reports_{directory_ + "/reports", who_.salt},
      heard_{now},
      told_slots_{who_.slots} {}

void guest::welcome(cohort::dispatch::worker_id worker, std::uint32_t first_slot) {
  next_.add(word::hello, {worker, first_slot});
}

void guest::dismiss() {
  next_.add(word::leave);
  next_word_ = next_look_ = time_point{0};
}

void guest::accept(crew::job what, std::span<const std::byte> payload) {
  next_.add(word::run, what, 0, payload);
  const auto order = decode_task(payload);
  held_.emplace(std::pair{what.task, what.attempt}, number{order.seq, order.attempt});
}

void guest::stop(crew::job what) {
  next_.add(word::stop, what);
}

std::vector<crew::job> guest::give_back(std::size_t most) {
  next_.add(word::recall, {}, static_cast<std::int64_t>(most));
  return {};
}

void guest::message(std::span<const std::byte> text) {
  next_.add(word::note, {}, 0, text);
}

void guest::collect(std::vector<report>& out, duration /*patience*/) {
  const auto now = crew::now();
  const auto in_touch = [this] { return state_ == standing::here || state_ == standing::leaving; };
  if (in_touch() && now >= next_word_) tell(now);
  if (in_touch() && now >= next_look_) listen(now);
  if (state_ == standing::cut_off && silent(now) > who_.lease) state_ = standing::lost;
  for (auto& each : ready_) out.push_back(std::move(each));
  ready_.clear();
}

void guest::tell(time_point now) {
  if (written_.empty()) written_ = next_.take();
  if (written_.empty()) return;
  next_word_ = now + gathered;
  const int error = orders_.write(written_);
  if (error == ENOENT) return cut("it is not there any more");
  if (error != 0) {
    next_word_ = now + while_busy;  // again; if that does not help, it hears nothing and leaves
    return;
  }
  written_.clear();
  pause_ = 0ms;
  next_look_ = std::min(next_look_, now + soonest);
}

void guest::listen(time_point now) {
  found_.clear();
  try {
    const int error = reports_.read(found_);
    if (!found_.empty()) heard_ = crew::now();  // later than it was said, however long the reading took
    for (const auto& letter : found_) hear(letter);
    if (error == ENOENT && state_ != standing::left) return cut("its files are gone");
  } catch (const format_error& e) {
    return cut(e.what());
  }
  const auto longest = held_.empty() ? duration{while_idle} : duration{while_busy};
  pause_ = found_.empty() ? std::clamp<duration>(2 * pause_, soonest, longest) : duration{soonest};
  next_look_ = now + pause_;
  if (found_.empty() && silent(now) > who_.lease) {
    cut(fmt::format("it has said nothing for {:.1f} s", std::chrono::duration<double>(silent(now)).count()));
  }
}

void guest::hear(bytes_view letter) {
  crew::letter_reader reader{letter};
  while (const auto entry = reader.next()) {
    switch (entry->head.kind) {
      case word::beat:
        next_.add(word::beat, {}, entry->head.number);
        break;
      case word::report:
        take(*entry);
        break;
      case word::drain:
        if (state_ == standing::here) state_ = standing::leaving;
        break;
      case word::bye:
        leave();
        break;
      default:
        break;
    }
  }
}

void guest::take(const crew::letter_reader::entry& said) {
  const auto of = said.of();
  report made{said.head.what, of, duration{said.head.number}, {said.payload.begin(), said.payload.end()}};
  if (made.what == report::kind::slots) {
    who_.slots = static_cast<std::uint32_t>(std::clamp<std::int64_t>(said.head.number, 1, 1 << 20));
    plan_ahead(0ns);
    return;
  }
  const auto held = held_.find({of.task, of.attempt});
  if (held == held_.end() || made.what == report::kind::note) return;
  if (made.what != report::kind::started) {
    (void)decode_completion(made.payload);  // or it throws
    held_.erase(held);
    if (made.what != report::kind::stopped) plan_ahead(made.took);
  }
  ready_.push_back(std::move(made));
}

/// What it holds beyond what it runs hides the way of the files, but is asked back more slowly than elsewhere: so
/// only as many short tasks as end during that way.
void guest::plan_ahead(duration took) {
  if (took > 0ns) {
    const auto sample = static_cast<double>(took.count());
    cost_ += (sample - cost_) / (cost_ == 0 ? 1 : 16);
  }
  auto wanted = who_.slots;
  if (const double way = duration{journey}.count(); ahead_ && cost_ > 0 && cost_ < 4 * way) {
    const double more = std::ceil(who_.slots * std::min(way / cost_, 32.0));
    wanted += static_cast<std::uint32_t>(std::min(more, 4096.0));
  }
  const bool near = wanted > told_slots_ / 4 * 3 && wanted < told_slots_ / 2 * 3 && wanted != who_.slots;
  if (wanted == told_slots_ || near) return;
  told_slots_ = wanted;
  ready_.push_back({report::kind::slots, {}, duration{wanted}, {}});
}

/// What it has not told of it has not begun.
void guest::leave() {
  state_ = standing::left;
  for (const auto& [of, is] : held_) {
    completion how;
    how.seq = is.seq;
    how.attempt = is.attempt;
    how.signal = SIGTERM;
    ready_.push_back({report::kind::stopped, {of.first, of.second}, {}, encode(how)});
  }
  held_.clear();
}

/// It stops by itself, but not at once: it is lost, and its tasks may run elsewhere, when its lease is over.
void guest::cut(std::string why) {
  if (state_ == standing::left) return;
  state_ = standing::cut_off;
  why_ = std::move(why);
}

}  // namespace cohort_farm
