#pragma once

#include <cohort/pattern/pipeline/detail/parcel.hpp>
#include <cohort/pattern/pipeline/options.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

namespace cohort::detail {

/// What a segment has for the ranks of the next one: who gets what, and when a letter goes. Sends nothing itself.
class outbox {
 public:
  outbox(const std::vector<int>& ranks, const pipeline_options& options) : options_{options} {
    for (const int r : ranks) doors_.emplace_back().rank = r;
  }

  /// A rank of the next segment.
  struct door {
    int rank = 0;
    std::vector<std::byte> letter;  ///< not sent yet
    std::size_t in_letter = 0;      ///< entries
    std::size_t items = 0;          ///< sent, or in the letter, and not begun there
    std::size_t bytes = 0;
    std::int64_t sent = 0;  ///< when the last letter went
    std::int64_t work = 0;  ///< nanoseconds that the letter's entries took to make
    std::int64_t cost = 0;  ///< nanoseconds for one there, 0: not known
  };
  [[nodiscard]] std::vector<door>& doors() noexcept { return doors_; }
  [[nodiscard]] door& door_to(int rank) {
    return *std::find_if(doors_.begin(), doors_.end(), [rank](const door& d) { return d.rank == rank; });
  }

  /// The rank that should get an entry: the one with this hash, or the one with the least to do. Null if it must
  /// wait.
  [[nodiscard]] door* open(std::optional<std::uint64_t> hash, std::size_t bytes) {
    if (hash) {
      auto& named = doors_[static_cast<std::size_t>(*hash % doors_.size())];
      return has_room(named, bytes) ? &named : nullptr;
    }
    door* best = nullptr;
    for (std::size_t i = 0; i != doors_.size(); ++i) {
      auto& other = doors_[(turn_ + i) % doors_.size()];
      if (has_room(other, bytes) && (best == nullptr || other.items < best->items)) best = &other;
    }
    if (best != nullptr) turn_ = static_cast<std::size_t>(best - doors_.data()) + 1;
    return best;
  }

  /// Whether the others have work for longer than anybody sleeps.
  [[nodiscard]] bool supplied() const {
    return std::all_of(doors_.begin(), doors_.end(),
                       [](const door& d) { return static_cast<std::int64_t>(d.items) * d.cost >= 2'000'000; });
  }

  /// Puts an entry in a letter. Returns the place for its payload.
  std::byte* put(door& to, const entry_head& head, std::span<const std::uint64_t> path) {
    ++to.in_letter;
    ++to.items;
    to.bytes += entry_size(path.size(), head.bytes);
    return append_entry(to.letter, head, path);
  }

  /// Whether a letter should go: when making it took what is worth a message, when the other has nothing left to
  /// do, or before that happens because it may get no more. Who always waits for brief items does not get each in a
  /// letter of its own: that would cost more than they do.
  [[nodiscard]] bool due(const door& at, std::int64_t now) const {
    if (at.in_letter == 0) return false;
    return (at.items == at.in_letter && now - at.sent >= brief) || at.work >= worth_a_message ||
           at.letter.size() >= full_letter || at.in_letter * 4 >= most_items(at) ||
           at.letter.size() >= options_.window_bytes / 4;
  }

  /// Where order is restored later: how much of what was counted may be on its way. @{
  [[nodiscard]] bool may_count(std::size_t bytes) const {
    const auto open = counted_ - completed_;
    return open < 2 * doors_.size() || (open < options_.window_items * doors_.size() &&
                                        counted_bytes_ + bytes <= options_.window_bytes * doors_.size());
  }
  /// The number for one more.
  [[nodiscard]] std::uint64_t count(std::size_t bytes) {
    sizes_.push_back(bytes);
    counted_bytes_ += bytes;
    return counted_++;
  }
  void complete(std::uint64_t upto) {
    for (; completed_ < upto; ++completed_) {
      counted_bytes_ -= sizes_.front();
      sizes_.pop_front();
    }
  }
  /// @}

 private:
  static constexpr std::int64_t brief = 200'000;            // nanoseconds
  static constexpr std::int64_t worth_a_message = 100'000;  // nanoseconds of work
  static constexpr std::int64_t store = 10'000'000;         // that a rank keeps, longer than anybody sleeps
  static constexpr std::size_t full_letter = 65'536;        // bytes
  static constexpr std::size_t unknown = 16;                // items for a rank whose cost is not known

  [[nodiscard]] std::size_t most_items(const door& at) const {
    const auto wanted =
        at.cost == 0 ? unknown : std::max<std::size_t>(static_cast<std::size_t>(store / at.cost), 2);
    return std::max<std::size_t>(std::min(wanted, options_.window_items), 2);
  }
  [[nodiscard]] bool has_room(const door& at, std::size_t bytes) const {
    return at.items < most_items(at) && (at.items < 2 || at.bytes + bytes <= options_.window_bytes);
  }

  pipeline_options options_;
  std::vector<door> doors_;
  std::size_t turn_ = 0;
  std::uint64_t counted_ = 0;
  std::uint64_t completed_ = 0;
  std::size_t counted_bytes_ = 0;
  std::deque<std::size_t> sizes_;  ///< of what was counted and is not complete
};

}  // namespace cohort::detail
