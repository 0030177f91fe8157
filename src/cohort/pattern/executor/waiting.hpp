#pragma once

#include <cohort/core/detail/deadline.hpp>
#include <cohort/core/detail/yield.hpp>
#include <cohort/pattern/executor/detail/ended_numbers.hpp>
#include <cohort/pattern/executor/future.hpp>

#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <utility>

namespace cohort {

namespace detail {
/// Throws timeout_error: so many of the futures have not ended.
[[noreturn]] void throw_unfinished(std::size_t futures);

/// wait_any and wait_all have other forms, for requests.
template <class Range>
concept future_range =
    std::ranges::input_range<Range> && serial::detail::is_specialization<std::ranges::range_value_t<Range>, future>;
}  // namespace detail

/// The futures of a range in the order in which they end, as an input range of references to them; blocks between
/// them. Python's as_completed:
///
///   for (auto& done : cohort::as_completed(futures)) use(done.get());
///
/// With `patience`, counted from its construction, it throws timeout_error where the next of them would come if
/// that is over; those that have not ended go on.
///
/// The futures must be of one executor (or one task), and stay where they are meanwhile.
template <std::ranges::random_access_range Futures>
class as_completed {
 public:
  explicit as_completed(Futures& futures, std::optional<detail::time_limit> patience = {})
      : futures_{futures}, deadline_{detail::deadline_of(patience)} {
    left_ = static_cast<std::size_t>(std::ranges::size(futures));
    for (std::size_t i = 0; i != left_; ++i) {
      at(i).on_done([ended = ended_, i](const auto&) { ended->push(i); });
    }
  }

  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using iterator_category = std::input_iterator_tag;
    using value_type = std::ranges::range_value_t<Futures>;
    using difference_type = std::ptrdiff_t;
    using reference = std::ranges::range_reference_t<Futures>;
    using pointer = void;

    iterator() = default;
    explicit iterator(as_completed* of) : of_{of} {}
    reference operator*() const { return of_->at(of_->current_); }
    iterator& operator++() {
      --of_->left_;
      of_->advance();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& i, std::default_sentinel_t) { return i.at_end(); }

   private:
    [[nodiscard]] bool at_end() const noexcept { return of_->left_ == 0; }
    as_completed* of_ = nullptr;
  };

  [[nodiscard]] iterator begin() {
    advance();
    return iterator{this};
  }
  [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

 private:
  [[nodiscard]] decltype(auto) at(std::size_t i) {
    return std::ranges::begin(futures_)[static_cast<std::ptrdiff_t>(i)];
  }
  void advance() {
    if (left_ == 0) return;
    while (ended_->empty()) {
      if (auto* const home = detail::home_of(futures_)) {
        if (!home->wait([this] { return !ended_->empty(); }, deadline_)) detail::throw_unfinished(left_);
      } else {
        detail::yield();  // another thread is about to say so
      }
    }
    current_ = static_cast<std::size_t>(ended_->pop());
  }

  Futures& futures_;
  std::optional<detail::task_home::clock::time_point> deadline_;
  std::shared_ptr<detail::ended_numbers> ended_ = std::make_shared<detail::ended_numbers>();
  std::size_t left_ = 0;
  std::size_t current_ = 0;
};

/// Blocks until one of the futures has ended, at most for `patience`: its position. Nothing if none has, or there
/// are none.
template <detail::future_range Futures>
std::optional<std::size_t> wait_any(const Futures& futures, std::optional<detail::time_limit> patience = {}) {
  const auto ended = [&]() -> std::optional<std::size_t> {
    std::size_t i = 0;
    for (const auto& each : futures) {
      if (each.ready()) return i;
      ++i;
    }
    return std::nullopt;
  };
  if (const auto now = ended(); now || std::ranges::empty(futures)) return now;
  if (auto* const home = detail::home_of(futures)) {
    home->wait([&] { return ended().has_value(); }, detail::deadline_of(patience));
  }
  return ended();
}

/// Blocks until all futures have ended, at most for `patience`: whether they have. Throws for none of them: get()
/// does.
template <detail::future_range Futures>
bool wait_all(const Futures& futures, std::optional<detail::time_limit> patience = {}) {
  const auto deadline = detail::deadline_of(patience);
  for (const auto& each : futures) {
    if (each.ready()) continue;
    const auto& core = *detail::future_access::core(each);
    if (!core.home().wait([&] { return core.ended(); }, deadline)) return false;
  }
  return true;
}

}  // namespace cohort
