#pragma once

#include <cohort/async/error.hpp>
#include <cohort/async/event_loop.hpp>
#include <cohort/async/waiter.hpp>

#include <coroutine>
#include <cstddef>
#include <deque>
#include <limits>
#include <optional>
#include <utility>

namespace cohort {

/// A queue between tasks of one event_loop, as asyncio.Queue: not between threads, nor ranks.
///
/// Any task may put and take; those that wait are served in the order in which they came. Close it to end the tasks
/// that take. Must outlive the tasks that wait at it.
template <class T>
class async_queue {
  class put_awaiter;
  class take_awaiter;

 public:
  /// Holds at most `room` elements; put() waits when it is full.
  explicit async_queue(std::size_t room = std::numeric_limits<std::size_t>::max()) : room_{room == 0 ? 1 : room} {}
  async_queue(const async_queue&) = delete;
  async_queue& operator=(const async_queue&) = delete;
  ~async_queue() = default;

  /// `co_await queue.put(x)`. Throws argument_error if the queue is, or is being, closed.
  [[nodiscard]] put_awaiter put(T value) { return put_awaiter{*this, std::move(value)}; }
  /// `co_await queue.take()`: a std::optional, empty when the queue is closed and all has been taken.
  [[nodiscard]] take_awaiter take() noexcept { return take_awaiter{*this}; }
  /// No more is put in.
  void close() noexcept {
    closed_ = true;
    serve();
  }
  [[nodiscard]] std::size_t size() const noexcept { return held_.size(); }
  [[nodiscard]] bool closed() const noexcept { return closed_; }

 private:
  /// In line at the queue, besides in its region: so it has a second link.
  struct place : detail::link {
    explicit place(waiter& who) noexcept : owner{&who} {}
    waiter* owner;
  };

  class put_awaiter final : public waiter {
   public:
    put_awaiter(async_queue& to, T&& value) : to_{&to}, value_{std::move(value)} {}
    put_awaiter(put_awaiter&& other) noexcept : to_{other.to_}, value_{std::move(other.value_)} {}
    put_awaiter& operator=(put_awaiter&&) = delete;
    ~put_awaiter() = default;
    [[nodiscard]] bool await_ready() {
      if (to_->closed_ || to_->held_.size() >= to_->room_ || !to_->putters_.alone()) return to_->closed_;
      deliver();
      return true;
    }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> task) noexcept {
      place_.join(to_->putters_);
      suspend(task);
    }
    void await_resume() const {
      if (done_) return;
      if (told()) throw stopped_error{};
      throw argument_error{
          "async_queue::put: the queue is closed (who takes would never see it); close it behind the last put"};
    }

   private:
    friend class async_queue;
    void deliver() {
      done_ = true;
      to_->held_.push_back(std::move(value_));
      to_->serve();
    }
    void stop() noexcept override {
      place_.unlink();
      wake();
    }
    async_queue* to_;
    T value_;
    bool done_ = false;
    place place_{*this};
  };

  class take_awaiter final : public waiter {
   public:
    explicit take_awaiter(async_queue& of) noexcept : of_{&of} {}
    take_awaiter(take_awaiter&& other) noexcept : of_{other.of_} {}
    take_awaiter& operator=(take_awaiter&&) = delete;
    ~take_awaiter() = default;
    [[nodiscard]] bool await_ready() {
      if (of_->held_.empty()) return of_->closed_;
      if (!of_->takers_.alone()) return false;
      take();
      return true;
    }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> task) noexcept {
      place_.join(of_->takers_);
      suspend(task);
    }
    std::optional<T> await_resume() {
      if (told() && !value_) throw stopped_error{};
      return std::move(value_);
    }

   private:
    friend class async_queue;
    void take() {
      value_.emplace(std::move(of_->held_.front()));
      of_->held_.pop_front();
      of_->serve();
    }
    void stop() noexcept override {
      place_.unlink();
      wake();
    }
    async_queue* of_;
    std::optional<T> value_;
    place place_{*this};
  };

  /// Gives those in line what there is.
  void serve() {
    if (serving_) return;
    serving_ = true;
    for (bool more = true; more;) {
      more = false;
      if (!takers_.alone() && (!held_.empty() || closed_)) {
        auto& first = static_cast<take_awaiter&>(*static_cast<place*>(takers_.next())->owner);
        first.place_.unlink();
        if (!held_.empty()) first.take();
        first.wake();
        more = true;
      }
      if (!putters_.alone() && (held_.size() < room_ || closed_)) {
        auto& first = static_cast<put_awaiter&>(*static_cast<place*>(putters_.next())->owner);
        first.place_.unlink();
        if (!closed_) first.deliver();
        first.wake();
        more = true;
      }
    }
    serving_ = false;
  }

  std::size_t room_;
  std::deque<T> held_;
  detail::link putters_;
  detail::link takers_;
  bool closed_ = false;
  bool serving_ = false;
};

}  // namespace cohort
