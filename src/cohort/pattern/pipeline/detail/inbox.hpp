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
  explicit inbox(std::size_t depth) {
    if (depth != 0) order_.emplace(depth);
  }

  /// What a sender is told that it may send again.
  struct taken {
    std::size_t sender = 0;
    std::size_t items = 0;
    std::size_t bytes = 0;
  };

  /// A letter of a sender. Where order is restored all of it is taken at once, see conduit.
  std::optional<taken> add(std::size_t sender, std::vector<std::byte>&& bytes) {
    auto kept = std::make_shared<std::vector<std::byte>>(std::move(bytes));
    if (!order_) {
      letters_.push_back({std::move(kept), 0, sender});
      return std::nullopt;
    }
    taken all{.sender = sender, .items = 0, .bytes = kept->size()};
    for (std::span<const std::byte> left{*kept}; !left.empty(); ++all.items) {
      const auto entry = first_entry(left);
      order_->add(kept, entry);
      left = left.subspan(entry.size());
    }
    return all;
  }

  /// The next entry; valid until the next call. `took` says which sender's it was, if that has not been said by
  /// add().
  [[nodiscard]] std::optional<entry_view> next(std::optional<taken>& took) {
    took.reset();
    if (order_) {
      if (auto due = order_->next()) {
        current_ = std::move(due->letter);
        return due->entry;
      }
      return std::nullopt;
    }
    if (letters_.empty()) return std::nullopt;
    auto& first = letters_.front();
    const auto entry = first_entry(std::span<const std::byte>{*first.bytes}.subspan(first.read));
    first.read += entry.size();
    took = {.sender = first.sender, .items = 1, .bytes = entry.size()};
    current_ = first.bytes;
    if (first.read == first.bytes->size()) letters_.pop_front();
    return entry;
  }

  [[nodiscard]] bool empty() const noexcept { return order_ ? order_->empty() : letters_.empty(); }
  [[nodiscard]] std::uint64_t completed() const noexcept { return order_ ? order_->completed() : 0; }
  void clear() {
    letters_.clear();
    current_.reset();
  }

 private:
  struct letter {
    std::shared_ptr<std::vector<std::byte>> bytes;
    std::size_t read = 0;
    std::size_t sender = 0;
  };
  std::deque<letter> letters_;
  std::optional<reordering> order_;
  std::shared_ptr<std::vector<std::byte>> current_;  ///< holds what next() gave
};

}  // namespace cohort::detail
