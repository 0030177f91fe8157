#pragma once

#include <cohort/async/channel.hpp>
#include <cohort/core/call_site.hpp>
#include <cohort/core/detail/backoff.hpp>
#include <cohort/core/detail/deadline.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

namespace cohort {

namespace detail {
template <class Selector>
class selector_awaiter;
}  // namespace detail

/// Waits for the first of several channels of which recv() would return at once, be it with an item, the end, or an
/// error: what Go's select and Python's multiprocessing.connection.wait do. Channels that have ended take no part.
///
///   cohort::selector any{jobs, orders};
///   while (auto which = any.wait()) {
///     if (*which == 0) { if (auto j = jobs.recv()) ... } else if (auto o = orders.recv()) ...
///   }
///
/// Fair: the channel after the one that was chosen last is looked at first. Borrows the channels; this rank must be
/// a consumer of each.
template <class... Channels>
class selector {
 public:
  explicit selector(Channels&... channels) noexcept
      : ready_{+[](void* one, call_site where) { return static_cast<Channels*>(one)->ready(where); }...},
        ended_{+[](void* one) { return static_cast<const Channels*>(one)->ended(); }...},
        may_come_{+[](void* one) { return static_cast<const Channels*>(one)->may_come(); }...},
        channels_{&channels...} {}

  /// The position of a channel with news; nothing when all have ended. Blocks.
  [[nodiscard]] std::optional<std::size_t> wait(call_site where = call_site::current()) {
    return next(std::nullopt, where);
  }
  /// The same, but nothing also after `timeout`.
  template <class Rep, class Period>
  [[nodiscard]] std::optional<std::size_t> wait_for(std::chrono::duration<Rep, Period> timeout,
                                                    call_site where = call_site::current()) {
    return next(detail::deadline_after(timeout), where);
  }
  /// `co_await any.async_wait()`: the same as wait() in a task of an event_loop (cohort/async.hpp). If other tasks
  /// of the loop receive from the channel too, take what there is by try_recv().
  [[nodiscard]] auto async_wait(call_site where = call_site::current());

 private:
  template <class>
  friend class detail::selector_awaiter;
  static constexpr std::size_t n = sizeof...(Channels);

  std::optional<std::size_t> next(std::optional<std::chrono::steady_clock::time_point> until,
                                  const call_site& where) {
    if (all_told()) return std::nullopt;
    for (detail::backoff pause;;) {
      if (const auto which = look(where)) return which;
      std::chrono::nanoseconds most = std::chrono::seconds{1};
      if (until) {
        most = *until - std::chrono::steady_clock::now();
        if (most <= std::chrono::nanoseconds{0}) return std::nullopt;
      }
      pause.once(most);
    }
  }
  [[nodiscard]] bool all_told() const noexcept {
    return std::all_of(told_.begin(), told_.end(), [](bool each) { return each; });
  }
  /// One look at each, beginning after the last that had news.
  std::optional<std::size_t> look(const call_site& where) {
    for (std::size_t k = 0; k != n; ++k) {
      const auto i = (first_ + k) % n;
      if (told_[i] || !ready_[i](channels_[i], where)) continue;
      first_ = i + 1;
      told_[i] = ended_[i](channels_[i]);
      return i;
    }
    return std::nullopt;
  }
  [[nodiscard]] bool may_come() const noexcept {
    for (std::size_t i = 0; i != n; ++i) {
      if (!told_[i] && may_come_[i](channels_[i])) return true;
    }
    return false;
  }

  std::array<bool (*)(void*, call_site), n> ready_;
  std::array<bool (*)(void*), n> ended_;
  std::array<bool (*)(void*), n> may_come_;
  std::array<void*, n> channels_;
  std::array<bool, n> told_{};  ///< its end
  std::size_t first_ = 0;
  unsigned passed_ = 0;  ///< tasks that need not have waited
};

}  // namespace cohort
