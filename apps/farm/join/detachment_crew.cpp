// What a detachment makes of what its ranks say.
#include <cohort/pattern/crew/clock.hpp>

#include "farm/join/detachment.hpp"
#include "farm/losses.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <utility>

namespace cohort_farm {

namespace crew = cohort::crew;
namespace dispatch = cohort::dispatch;

namespace {

/// More than that is not fetched from ranks before the shared file system has taken it.
constexpr std::size_t most_waiting = std::size_t{4} << 20;

}  // namespace

void detachment::write_task(task_id task, std::byte* to) {
  const auto& order = find(task)->order;
  if (!order.empty()) std::memcpy(to, order.data(), order.size());
}

void detachment::keep_result(task_id task, std::span<const std::byte> payload) {
  find(task)->result.assign(payload.begin(), payload.end());
}

void detachment::heard(const heard_report& what) {
  drain_.heard(what, crew::now());
  auto* const found = find(what.of.task);
  if (found == nullptr) return;
  found->took = what.took;
  found->worker = what.worker;
  found->attempt = what.of.attempt;
  found->how = what.what;
  if (what.what == kind::started && !found->stopped && post_.farm().report_starts) {
    out_.add(crew::word::report, found->of, 0, {}, kind::started);
  }
  // Ended from outside, as its rank is: it is not begun again if nothing is.
  if (what.what == kind::stopped && what.counts && closing_) hand_back(what.of.task);
}

void detachment::stale(worker_id /*worker*/, job of, std::span<const std::byte> payload) {
  const auto* const found = find(of.task);
  if (found != nullptr && found->stopped) end(of.task, found->how, {payload.begin(), payload.end()});
}

void detachment::returned(worker_id /*worker*/, job of) {
  drain_.returned(of.task);
  const auto* const found = find(of.task);
  if (found == nullptr) return;
  if (found->stopped) {
    end(of.task, kind::stopped);
  } else if (closing_) {
    hand_back(of.task);
  }
}

void detachment::deliver(const dispatch::deliver& what) {
  if (auto* const found = find(what.task)) end(what.task, kind::succeeded, std::exchange(found->result, {}));
}

void detachment::give_up(const dispatch::give_up& what) {
  auto* const found = find(what.task);
  if (found == nullptr || what.reason == dispatch::end_reason::cancelled) return;
  if (what.reason == dispatch::end_reason::failed) {
    end(what.task, kind::failed, std::exchange(found->result, {}));
    return;
  }
  const auto order = decode_task(found->order);  // it was on too many ranks that were lost
  completion how;
  how.seq = order.seq;
  how.attempt = order.attempt;
  how.signal = SIGKILL;
  how.err = deadly(order.seq);
  how.err_bytes = how.err.size();
  how.where = post_.farm().results.empty() ? completion::place::here : completion::place::in_files;
  end(what.task, kind::failed, encode(how));
}

/// A rank of this job. What it ran runs again on another of them.
void detachment::lost(worker_id worker, std::string_view why) {
  loss what{worker, crew_.host(worker), std::string{why}};
  slots_ -= std::min(slots_ - 1, how_.jobs);
  out_.add(crew::word::report, {}, slots_, {}, kind::slots);
  for (auto next = entries_.begin(); next != entries_.end();) {
    auto& [task, each] = *next++;  // it may be erased
    if (each.stopped && each.worker.value_or(worker) == worker) {
      end(task, kind::stopped);
    } else if (each.worker == worker) {
      what.ran.push_back(decode_task(each.order).seq);
      each.worker.reset();
    }
  }
  (void)std::fputs(describe(what).c_str(), stderr);
  for (auto& each : moving_) {
    if (each.what.worker == worker) {
      report(each.what, kind::stopped, never_begun(each.what));
      each.what.worker.reset();
    }
  }
  std::erase_if(moving_, [](const auto& each) { return !each.what.worker; });
  if (closing_) give_back(numbers_.size());  // nothing is begun again
}

void detachment::note(worker_id /*worker*/, job /*of*/, std::span<const std::byte> payload) {
  if (payload.empty()) {
    told_to_drain_ = true;
    return;
  }
  const auto piece = decode_chunk(payload);
  if (moving_.empty() || !moving_.front().asked) return;
  auto& first = moving_.front();
  if (piece.of.task != first.at.task || piece.of.attempt != first.at.attempt || piece.from != first.from ||
      piece.offset != first.offset) {
    return;
  }
  first.asked = false;
  if (!piece.data.empty()) {
    post_.write(output_name(first.what.of, first.from), first.offset, {piece.data.begin(), piece.data.end()});
  }
  first.offset += piece.data.size();
  const auto all = first.from == stream::out ? first.how.out_bytes : first.how.err_bytes;
  if (first.offset >= all || piece.data.empty()) {
    if (first.from == stream::out) {
      first.from = stream::err;
      first.offset = 0;
    } else {
      crew_.tell(*first.what.worker, encode(release{first.at}));
      report(first.what, first.what.how, encode(first.how));
      moving_.pop_front();
    }
  }
  move_outputs();
}

/// Asks for the next piece of the first.
void detachment::move_outputs() {
  if (moving_.empty() || moving_.front().asked || post_.waiting() > most_waiting) return;
  auto& first = moving_.front();
  first.asked = true;
  crew_.tell(*first.what.worker, encode(fetch{first.at, first.from, first.offset, largest_chunk}));
}

}  // namespace cohort_farm
