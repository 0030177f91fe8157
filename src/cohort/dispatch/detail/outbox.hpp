#pragma once

#include <cohort/dispatch/types.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace cohort::dispatch::detail {

/// Actions that wait to be fetched. Unlike a deque it allocates nothing once it has reached its size.
class outbox {
 public:
  [[nodiscard]] bool empty() const { return next_ == actions_.size(); }
  void push(action a) { actions_.push_back(std::move(a)); }
  action pop() {
    action a = std::move(actions_[next_++]);
    if (empty()) {
      actions_.clear();
      next_ = 0;
    } else if (next_ >= 1024 && next_ * 2 >= actions_.size()) {
      actions_.erase(actions_.begin(), actions_.begin() + static_cast<std::ptrdiff_t>(next_));
      next_ = 0;
    }
    return a;
  }

 private:
  std::vector<action> actions_;
  std::size_t next_ = 0;
};

}  // namespace cohort::dispatch::detail
