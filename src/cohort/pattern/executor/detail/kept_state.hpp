#pragma once

#include <cohort/pattern/executor/rank_state.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <typeinfo>
#include <utility>

namespace cohort::detail {

/// A rank's state, from when it is first wanted to the end of this object.
class kept_state {
 public:
  explicit kept_state(rank_state how) : how_{std::move(how)} {}
  kept_state(const kept_state&) = delete;
  kept_state& operator=(const kept_state&) = delete;

  /// Makes it, unless it is there.
  void make();
  /// Makes it if need be. Throws argument_error if there is none, or of another type. Any thread.
  [[nodiscard]] void* get(const std::type_info& wanted);

 private:
  const rank_state how_;
  std::mutex mutex_;
  std::atomic<void*> there_{nullptr};
  std::shared_ptr<void> made_;  ///< guarded by mutex_
};

}  // namespace cohort::detail
