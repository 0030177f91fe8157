#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/dispatch/types.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cohort::crew {

/// Who is whose master. With one level, the root is everybody's. With two, it is the master of one rank of each
/// group, which is the master of the others of its group.
class levels {
 public:
  /// Above so many ranks there are two levels, unless somebody says otherwise: see docs/scaling.md.
  static constexpr int two_above = 512;

  /// With two levels, the root's messages carry so many times the work that a message to a single rank does: what a
  /// group holds in advance has to last for two journeys, and for the sleep of those who pass it on.
  static constexpr int longer_messages = 16;

  /// Collective. `wanted`, the same everywhere: 1, 2, or 0 for what the root finds in COHORT_MASTERS, else by the
  /// number of ranks. One or two ranks always have one level. Throws argument_error, on every rank, for another
  /// COHORT_MASTERS.
  levels(const communicator& comm, int root, int wanted, const std::string& host, const call_site& where);

  [[nodiscard]] bool two() const noexcept { return two_; }
  /// This rank has a master, and is one.
  [[nodiscard]] bool leads() const noexcept { return two_ && group_ && group_.rank() == 0; }
  /// Every rank.
  [[nodiscard]] const communicator& all() const noexcept { return all_; }
  [[nodiscard]] int root() const noexcept { return root_; }
  /// The root and its workers; false on other ranks.
  [[nodiscard]] const communicator& top() const noexcept { return top_; }
  [[nodiscard]] int root_of_top() const noexcept { return root_of_top_; }
  /// A group, its master first; false on the root, and with one level.
  [[nodiscard]] const communicator& group() const noexcept { return group_; }

  /// With two levels: which rank of all() is this member of a worker of the root's?
  [[nodiscard]] int rank_of(dispatch::worker_id worker, std::uint16_t member = 0) const {
    return members_.at(worker).at(member);
  }
  /// With two levels, on the root: where this rank of all() runs.
  [[nodiscard]] const std::string& host(int rank) const { return hosts_.at(static_cast<std::size_t>(rank)); }

 private:
  void divide(const std::string& host, const call_site& where);

  communicator all_;
  communicator top_;
  communicator group_;
  int root_;
  int root_of_top_;
  bool two_ = false;
  std::vector<std::vector<int>> members_;  ///< of each rank of top_
  std::vector<std::string> hosts_;
};

}  // namespace cohort::crew
