#pragma once

#include <cohort/pattern/executor/detail/future_core.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace cohort::detail {

/// Tasks that failed before anybody asked about them, until somebody does or nobody can any more. Guarded by their
/// home's lock.
class unasked_failures {
 public:
  /// True: there are now so many that sift() is worth its time.
  bool add(std::shared_ptr<future_core> failed);

  /// Forgets those that somebody has asked about; calls lost(core) for those whose futures have all gone, and
  /// forgets them. O(number kept).
  template <class Lost>
  void sift(Lost&& lost) {
    std::erase_if(failed_, [&](const std::shared_ptr<future_core>& core) {
      if (core->observed()) return true;
      if (core.use_count() > 1) return false;
      lost(std::as_const(*core));
      return true;
    });
    sift_at_ = std::max<std::size_t>(64, 2 * failed_.size());
  }

  [[nodiscard]] bool empty() const noexcept { return failed_.empty(); }
  [[nodiscard]] const std::vector<std::shared_ptr<future_core>>& kept() const noexcept { return failed_; }

 private:
  std::vector<std::shared_ptr<future_core>> failed_;
  std::size_t sift_at_ = 64;
};

}  // namespace cohort::detail
