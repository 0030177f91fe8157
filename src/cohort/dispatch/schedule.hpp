#pragma once

#include <cohort/core/error.hpp>
#include <cohort/dispatch/settings.hpp>

#include <algorithm>
#include <cstdint>
#include <string_view>

/// Schedules as pure functions: how many of the remaining tasks the next portion takes. The scheduler uses them to
/// bound what a worker holds; ranks that claim portions from a shared counter call chunk_at.
namespace cohort::dispatch {

namespace detail {

constexpr std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) {
  return a / b + (a % b != 0 ? 1 : 0);
}

/// The portions of a trapezoid by number. Their sizes shrink by a fraction; where they begin is rounded.
class trapezoid {
 public:
  constexpr trapezoid(std::uint64_t total, std::uint64_t workers)
      : first_{std::max<std::uint64_t>(1, ceil_div(ceil_div(total, 2), workers))},
        count_{static_cast<std::uint64_t>((wide{2} * total + first_) / (wide{1} + first_))} {}

  /// The number of the portion that holds this task. O(log of their number).
  [[nodiscard]] constexpr std::uint64_t number_of(std::uint64_t task) const {
    std::uint64_t low = 0;
    std::uint64_t high = count_;
    while (high - low > 1) {
      const std::uint64_t middle = low + (high - low) / 2;
      (begin(middle) <= task ? low : high) = middle;
    }
    return low;
  }
  /// The first task behind this portion; it may lie beyond the total.
  [[nodiscard]] constexpr std::uint64_t end_of(std::uint64_t number, std::uint64_t total) const {
    return static_cast<std::uint64_t>(std::min<wide>(begin(number + 1), total));
  }

 private:
  __extension__ using wide = unsigned __int128;

  [[nodiscard]] constexpr wide begin(std::uint64_t number) const {
    if (count_ < 2) return wide{number} * first_;
    const wide steps = wide{number} * (number - (number > 0 ? 1 : 0)) / 2;
    return wide{number} * first_ - steps * (first_ - 1) / (count_ - 1);
  }

  std::uint64_t first_;  ///< size of the first portion; the last one's is 1
  std::uint64_t count_;
};

}  // namespace detail

/// The name as it is written in the code, such as "static_block".
[[nodiscard]] std::string_view to_string(schedule how);
/// The schedule of that name. Throws argument_error that lists the names.
[[nodiscard]] schedule parse_schedule(std::string_view name);

/// Guided self-scheduling (Polychronopoulos, Kuck 1987): an equal share of what remains. workers > 0.
constexpr std::uint64_t guided_chunk(std::uint64_t remaining, std::uint64_t workers) {
  return detail::ceil_div(remaining, workers);
}

/// Factoring (Hummel, Schonberg, Flynn 1992): the size of each of the next `workers` portions, when `remaining`
/// tasks remain at the beginning of the batch: half of them, in equal shares. workers > 0.
constexpr std::uint64_t factoring_chunk(std::uint64_t remaining, std::uint64_t workers) {
  return detail::ceil_div(remaining - remaining / 2, workers);
}

/// Trapezoid self-scheduling (Tzen, Ni 1993), from half of an equal share down to a single task: what is left, at
/// this position, of the portion that holds it. position < total, workers > 0.
constexpr std::uint64_t trapezoid_chunk(std::uint64_t position, std::uint64_t total, std::uint64_t workers) {
  const detail::trapezoid all{total, workers};
  return all.end_of(all.number_of(position), total) - position;
}

/// The portion that begins at `position` of `total` tasks, if all portions before it were cut by this function too.
/// 0 at the end; never beyond it. Every claimer of a shared counter computes the same portions. With a static
/// schedule no counter is needed: portion number r, r + workers, ... belongs to rank r. O(log total). Throws
/// argument_error for no workers and for schedules that are no function of the position.
constexpr std::uint64_t chunk_at(schedule how, std::uint64_t position, std::uint64_t total, std::uint64_t workers) {
  if (workers == 0) throw argument_error("no workers (the tasks are shared among them); pass at least 1");
  if (position >= total) return 0;
  const std::uint64_t remaining = total - position;
  switch (how) {
    case schedule::self:
    case schedule::static_cyclic:
      return 1;
    case schedule::static_block:
      return std::min(remaining, detail::ceil_div(total, workers));
    case schedule::guided:
      return guided_chunk(remaining, workers);
    case schedule::trapezoid:
      return trapezoid_chunk(position, total, workers);
    case schedule::automatic:
    case schedule::factoring: {
      std::uint64_t begin = 0;  // of the batch that holds the position
      for (;;) {
        const std::uint64_t chunk = factoring_chunk(total - begin, workers);
        if ((position - begin) / workers < chunk) return std::min(remaining, chunk);
        begin += chunk * workers;
      }
    }
    default:
      throw argument_error(
          "this schedule has no chunks by position (it needs each worker's history); use factoring");
  }
}

/// The master's side: portions for workers that come in any order, with different numbers of slots, while tasks are
/// added and cancelled. Counts in tasks where the textbook counts in portions.
class chunker {
 public:
  explicit chunker(schedule how) : how_{how} {}

  /// Upper bound of the next portion for a worker with `slots` of the `all_slots` present; at least 1. A worker
  /// that is faster than the others counts as if it had more (adaptive).
  [[nodiscard]] std::uint64_t size(std::uint64_t queued, double slots, std::uint64_t all_slots) {
    if (how_ == schedule::self || queued == 0) return 1;
    const std::uint64_t share = weighted(queued, slots, all_slots);
    if (how_ == schedule::guided) return share;
    if (left_ == 0) {
      batch_ = queued;
      left_ = how_ == schedule::trapezoid ? queued : queued - queued / 2;
    }
    if (how_ == schedule::trapezoid) {  // its end is flatter than an equal share of what is there
      return std::min(queued,
                      weighted(trapezoid_chunk(batch_ - left_, batch_, all_slots) * all_slots, slots, all_slots));
    }
    // Tasks may have been cancelled since the batch began: never more than an equal share of what is there.
    return std::min(share, weighted(batch_ - batch_ / 2, slots, all_slots));
  }

  /// A portion was taken.
  void took(std::uint64_t tasks) { left_ -= std::min(left_, tasks); }

 private:
  static std::uint64_t weighted(std::uint64_t tasks, double slots, std::uint64_t all_slots) {
    const double part = static_cast<double>(tasks) * slots / static_cast<double>(all_slots);
    const auto whole = static_cast<std::uint64_t>(part);
    return std::max<std::uint64_t>(1, whole + (static_cast<double>(whole) < part ? 1 : 0));
  }

  schedule how_;
  std::uint64_t batch_ = 0;  ///< tasks that remained when the batch began
  std::uint64_t left_ = 0;   ///< of the part that the batch hands out: half of them, a trapezoid's all
};

}  // namespace cohort::dispatch
