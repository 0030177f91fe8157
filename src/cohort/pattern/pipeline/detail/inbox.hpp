#pragma once

#include <cohort/pattern/pipeline/detail/parcel.hpp>
#include <cohort/pattern/pipeline/detail/reordering.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace cohort::detail {

/// What has come to a segment and has not been begun: as it came, or in order.
class inbox {
 public:
  /// `depth` of what comes, if it is to be put in order, else 0.
  inbox(std::size_t depth, std::size_t senders);

  /// What a sender is told that it may send again.
  struct taken {
    std::size_t sender = 0;
    std::size_t items = 0;
    std::size_t bytes = 0;
  };

  /// A letter of a sender. Where order is restored all of it is taken at once, see conduit.
  std::optional<taken> add(std::size_t sender, std::vector<std::byte>&& bytes);

  /// The next entry; valid until the next call. `took` says which sender's it was, if that has not been said by
  /// add().
  [[nodiscard]] std::optional<entry_view> next(std::optional<taken>& took);

  /// Late entries are kept until release(): others that come before them may be on their way. @{
  [[nodiscard]] bool holds_late() const noexcept { return !held_.empty(); }
  [[nodiscard]] bool only_late() const noexcept { return letters_.empty() && (!order_ || order_->empty()); }
  /// Nothing but late entries will come from this sender.
  [[nodiscard]] bool late(std::size_t sender) const noexcept { return late_[sender]; }
  void release();
  /// @}

  [[nodiscard]] bool empty() const noexcept {
    return letters_.empty() && held_.empty() && (!order_ || order_->empty());
  }
  [[nodiscard]] std::uint64_t completed() const noexcept { return order_ ? order_->completed() : 0; }
  void clear();

 private:
  struct letter {
    std::shared_ptr<std::vector<std::byte>> bytes;
    std::size_t read = 0;
    std::size_t sender = 0;
  };
  void hold(letter&& from);

  std::deque<letter> letters_;
  std::deque<letter> held_;  ///< what is left of them is late
  std::vector<bool> late_;   ///< of each sender
  bool released_ = false;
  std::optional<reordering> order_;
  std::shared_ptr<std::vector<std::byte>> current_;  ///< holds what next() gave
};

}  // namespace cohort::detail
