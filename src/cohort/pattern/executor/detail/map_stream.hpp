#pragma once

#include <cohort/pattern/executor/detail/arguments.hpp>
#include <cohort/pattern/executor/detail/chunk_call.hpp>
#include <cohort/pattern/executor/detail/chunk_sizer.hpp>
#include <cohort/pattern/executor/detail/ended_numbers.hpp>
#include <cohort/pattern/executor/future.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <type_traits>
#include <utility>
#include <vector>

namespace cohort::detail {

/// A map under way: an input range of results, to be read once. Holds its input, or refers to it if it was an
/// lvalue. What is at the ranks, and what has come back and not been read, is four chunks per slot at most. When it
/// goes away, what has not begun is revoked.
template <class Policy, class F, class Reduce, class Range, bool Borrowed>
class map_stream {
  using element = std::ranges::range_value_t<Range>;
  using T = argument_t<element>;
  using call = chunk_call<Policy, F, Reduce, T>;

 public:
  using value_type = typename call::value;

  map_stream(task_home& home, const task_terms& terms, F f, Reduce reduce,
             std::conditional_t<Borrowed, Range&, Range&&> input, bool ordered)
      : home_{home},
        terms_{terms},
        f_{std::move(f)},
        reduce_{std::move(reduce)},
        input_{hold(input)},
        ordered_{ordered},
        slots_{home.slots()},
        sizer_{slots_} {}
  map_stream(const map_stream&) = delete;
  map_stream& operator=(const map_stream&) = delete;
  ~map_stream() { revoke(); }

  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using iterator_category = std::input_iterator_tag;
    using value_type = typename call::value;
    using difference_type = std::ptrdiff_t;
    using reference = std::conditional_t<std::is_same_v<value_type, bool>, bool, value_type&&>;  // a bool is a bit
    using pointer = void;

    iterator() = default;
    explicit iterator(map_stream* of) : of_{of} {}
    /// Throws what the call threw.
    reference operator*() const {
      if (!of_->at_value()) of_->error_->raise();
      if constexpr (std::is_same_v<value_type, bool>) {
        return of_->values_[of_->at_];
      } else {
        return std::move(of_->values_[of_->at_]);
      }
    }
    iterator& operator++() {
      if (of_->at_value()) {
        ++of_->at_;
      } else {
        of_->error_.reset();
      }
      of_->advance();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& i, std::default_sentinel_t) { return i.at_end(); }

   private:
    [[nodiscard]] bool at_end() const noexcept { return !of_->at_value() && !of_->error_; }
    map_stream* of_ = nullptr;
  };

  /// Blocks until the first result is here.
  [[nodiscard]] iterator begin() {
    advance();
    return iterator{this};
  }
  [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

  /// All results that are left; the first failure ends it.
  [[nodiscard]] std::vector<value_type> take_all() {
    std::vector<value_type> all;
    while (advance()) {
      if (!at_value()) error_->raise();
      all.insert(all.end(), std::make_move_iterator(values_.begin() + static_cast<std::ptrdiff_t>(at_)),
                 std::make_move_iterator(values_.end()));
      at_ = values_.size();
    }
    return all;
  }

 private:
  struct chunk {
    std::uint64_t number = 0;
    std::uint64_t first = 0;    ///< index of its first item in the input
    std::uint32_t retries = 0;  ///< of its first item, so far
    std::vector<T> items;
    std::size_t bytes = 0;
    std::shared_ptr<future_value<typename call::result>> future;
  };

  static auto hold(Range& input) {
    if constexpr (Borrowed) {
      return std::addressof(input);
    } else {
      return std::make_unique<Range>(std::move(input));
    }
  }

  [[nodiscard]] bool at_value() const noexcept { return at_ != values_.size(); }

  /// Sees to it that the next result is here, or an error in its place; false: there is none.
  bool advance() {
    while (!at_value() && !error_) {
      fill();
      if (chunks_.empty()) return false;
      take(next_ended());
    }
    return true;
  }

  /// Puts chunks on their way.
  void fill() {
    if (!at_input_) {
      at_input_.emplace(std::ranges::begin(*input_));
      end_.emplace(std::ranges::end(*input_));
      if constexpr (std::ranges::sized_range<Range>) remaining_ = std::ranges::size(*input_);
    }
    while (!over_ && chunks_.size() < 4 * slots_ && *at_input_ != *end_) {
      chunk made;
      made.first = index_;
      // What ends a process, or fails on one of several ranks, takes the results of its whole chunk with it.
      const bool one =
          terms_.timeout != 0 || terms_.guarded != 0 || terms_.ranks > 1 || home_.one_by_one(terms_.queue);
      auto most = one ? 1 : sizer_.next(remaining_);
      made.items.reserve(most);
      for (; most != 0 && *at_input_ != *end_; --most, ++*at_input_) made.items.push_back(T(**at_input_));
      index_ += made.items.size();
      if (remaining_) *remaining_ -= std::min<std::size_t>(*remaining_, made.items.size());
      chunks_.push_back(std::move(made));
      start(chunks_.back());
    }
  }

  void start(chunk& what) {
    what.number = next_number_++;
    auto frame = call::frame(home_.modules(), f_, reduce_, what.items, what.retries);
    what.bytes = frame.bytes.size();
    what.future = std::make_shared<future_value<typename call::result>>(home_);
    what.future->observe();
    auto terms = terms_;
    if (what.retries != 0 && terms.backoff != 0) {  // as the scheduler would
      auto pause = std::min(terms.backoff, terms.backoff_max);
      for (auto n = what.retries; n > 1 && pause < terms.backoff_max; --n)
        pause += std::min(pause, terms.backoff_max - pause);
      terms.countdown = pause;
    }
    home_.submit(what.future, std::move(frame), terms);
    if (!ordered_) {
      home_.when_ended(*what.future, [ended = ended_, number = what.number] { ended->push(number); });
    }
  }

  /// Waits for the chunk whose results come next.
  typename std::deque<chunk>::iterator next_ended() {
    if (ordered_) {
      auto& first = chunks_.front();
      if (!first.future->ended()) home_.wait([&] { return first.future->ended(); }, std::nullopt);
      return chunks_.begin();
    }
    if (ended_->empty()) home_.wait([this] { return !ended_->empty(); }, std::nullopt);
    const auto number = ended_->pop();
    return std::find_if(chunks_.begin(), chunks_.end(), [&](const chunk& c) { return c.number == number; });
  }

  void take(typename std::deque<chunk>::iterator where) {
    auto& done = *where;
    at_ = 0;
    values_.clear();
    if (done.future->last_state() != task_state::succeeded) {
      error_ = done.future->failure();
      error_->failure.task = done.first;
      over_ = over_ || error_->failure.reason == dispatch::end_reason::drained;
      chunks_.erase(where);
      return;
    }
    auto& result = done.future->value();
    values_ = std::move(result.values);
    sizer_.learn(result.done, std::chrono::nanoseconds{result.nanoseconds}, done.bytes);
    if (!result.failure) {
      chunks_.erase(where);
      return;
    }
    // The results before the item that threw count. It is tried again, or not; and what is behind it goes on.
    const auto retried = result.done == 0 ? done.retries : 0;
    const bool again = retried < terms_.retries;
    if (!again) {
      failed_task why;
      why.failure = std::move(result.failure->failure);
      why.failure.task = done.first + result.done;
      why.failure.attempt = retried;
      why.exception = std::move(result.failure->exception);
      why.types = home_.exceptions();
      error_ = std::move(why);
    }
    const auto gone = static_cast<std::ptrdiff_t>(result.done + (again ? 0 : 1));
    done.items.erase(done.items.begin(), done.items.begin() + gone);
    done.first += static_cast<std::uint64_t>(gone);
    done.retries = again ? retried + 1 : 0;
    if (done.items.empty()) {
      chunks_.erase(where);
    } else {
      start(done);
    }
  }

  void revoke() {
    for (auto& each : chunks_) {
      if (!each.future->ended()) home_.cancel(*each.future);
    }
    chunks_.clear();
  }

  task_home& home_;
  task_terms terms_;
  F f_;
  Reduce reduce_;
  std::conditional_t<Borrowed, Range*, std::unique_ptr<Range>> input_;
  std::optional<std::ranges::iterator_t<Range>> at_input_;
  std::optional<std::ranges::sentinel_t<Range>> end_;
  std::optional<std::size_t> remaining_;  ///< of the input, if its length is known
  std::uint64_t index_ = 0;               ///< of the next item
  bool over_ = false;                     ///< the executor winds up: no more is taken from the input
  bool ordered_;
  std::size_t slots_;
  chunk_sizer sizer_;
  std::deque<chunk> chunks_;  ///< on their way, in order
  std::uint64_t next_number_ = 0;
  std::shared_ptr<ended_numbers> ended_ = std::make_shared<ended_numbers>();
  std::vector<value_type> values_;  ///< of the chunk that is being read
  std::size_t at_ = 0;
  std::optional<failed_task> error_;  ///< comes after them
};

}  // namespace cohort::detail
