#pragma once

#include "farm/join/card.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cohort_farm {

/// The directory DIR/join of a farm that runs: says that it can be joined, and finds who has come.
///
/// A look costs the writing and renaming of a small file, and reading the directory. The renaming is what makes a
/// network file system show a directory as it is now.
class door {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Opens it. What an earlier run that was killed has left there is removed; but if one that had joined it may
  /// still run its tasks, first waits until it has left, or must have: at most its lease (of several together, the
  /// longest). `remark` is told of that.
  /// Throws farm_error.
  door(const std::string& journal, farm_card card, const std::function<void(const std::string&)>& remark);
  door(const door&) = delete;
  door& operator=(const door&) = delete;
  /// Removes all of it.
  ~door();

  /// Somebody who has come.
  struct arrival {
    std::string directory;  ///< its own
    guest_card who;
  };
  /// Those who have come since the last look. At most twice a second; else nobody.
  [[nodiscard]] std::vector<arrival> look(time_point now);

  [[nodiscard]] const farm_card& card() const noexcept { return card_; }

 private:
  [[nodiscard]] int knock();
  [[nodiscard]] std::vector<std::string> names() const;
  void wait_for_guests(const std::function<void(const std::string&)>& remark);

  std::string directory_;
  farm_card card_;
  time_point next_{};
  std::set<std::string> known_;  ///< sorted
};

/// Removes a directory and what is in it, as far as that can be done.
void remove_all(const std::string& directory) noexcept;

}  // namespace cohort_farm
