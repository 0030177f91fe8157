#pragma once

#include <cohort/async/channel.hpp>
#include <cohort/core/call_site.hpp>
#include <cohort/core/detail/backoff.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

namespace cohort {

namespace detail {
/// `ready(i)` of 0 to n - 1 in turn, beginning after the last that was.
template <class Ready>
std::optional<std::size_t> select_of(std::size_t n, std::size_t first, Ready ready,
                                     std::optional<std::chrono::steady_clock::time_point> until) {
  for (backoff pause;;) {
    for (std::size_t k = 0; k != n; ++k) {
      if (const auto i = (first + k) % n; ready(i)) return i;
    }
    std::chrono::nanoseconds most = std::chrono::seconds{1};
    if (until) {
      most = *until - std::chrono::steady_clock::now();
      if (most <= std::chrono::nanoseconds{0}) return std::nullopt;
    }
    pause.once(most);
  }
}
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
        channels_{&channels...} {}

  /// The position of a channel with news; nothing when all have ended. Blocks.
  [[nodiscard]] std::optional<std::size_t> wait(call_site where = call_site::current()) {
    return next(std::nullopt, where);
  }
  /// The same, but nothing also after `timeout`.
  template <class Rep, class Period>
  [[nodiscard]] std::optional<std::size_t> wait_for(std::chrono::duration<Rep, Period> timeout,
                                                    call_site where = call_site::current()) {
    return next(std::chrono::steady_clock::now() + std::chrono::ceil<std::chrono::nanoseconds>(timeout), where);
  }

 private:
  static constexpr std::size_t n = sizeof...(Channels);

  std::optional<std::size_t> next(std::optional<std::chrono::steady_clock::time_point> until,
                                  const call_site& where) {
    bool all_ended = true;
    for (std::size_t i = 0; i != n; ++i) all_ended = all_ended && told_[i];
    if (all_ended) return std::nullopt;
    const auto which = detail::select_of(
        n, first_, [&](std::size_t i) { return !told_[i] && ready_[i](channels_[i], where); }, until);
    if (!which) return which;
    first_ = *which + 1;
    told_[*which] = ended_[*which](channels_[*which]);
    return which;
  }

  std::array<bool (*)(void*, call_site), n> ready_;
  std::array<bool (*)(void*), n> ended_;
  std::array<void*, n> channels_;
  std::array<bool, n> told_{};  ///< its end
  std::size_t first_ = 0;
};

}  // namespace cohort
