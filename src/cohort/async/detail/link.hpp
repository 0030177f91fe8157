#pragma once

#include <coroutine>

namespace cohort::detail {

/// A place in a ring that owns nothing: a list's head, or one of its members. Leaves the ring when it goes away.
class link {
 public:
  link() noexcept = default;
  link(const link&) = delete;
  link& operator=(const link&) = delete;
  ~link() { unlink(); }

  [[nodiscard]] bool alone() const noexcept { return next_ == this; }
  [[nodiscard]] link* next() const noexcept { return next_; }
  void unlink() noexcept {
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = this;
  }
  /// Before `other`; the last one, if that is a list's head. It must be alone.
  void join(link& other) noexcept {
    previous_ = other.previous_;
    next_ = &other;
    previous_->next_ = this;
    other.previous_ = this;
  }

 private:
  link* previous_ = this;
  link* next_ = this;
};

/// A coroutine that is to be resumed some time.
struct runnable : link {
  std::coroutine_handle<> frame;
};

}  // namespace cohort::detail
