#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace cohort::detail {

/// What problems cost, learned per depth, in nanoseconds: to do with all that becomes of them, and to hand over.
/// Problems deeper than it counts share the last entry.
class divide_costs {
 public:
  /// Expected where nothing is known; so many can be added up.
  static constexpr std::int64_t unknown = std::numeric_limits<std::int64_t>::max() / 1024;

  explicit divide_costs(std::int64_t cutoff) noexcept : cutoff_{cutoff} {}

  /// Whether to time the next problem of this depth: all of them where those above take long, so that two looks at
  /// the clock do not count; else a few.
  [[nodiscard]] bool timed(std::size_t depth) noexcept {
    auto& here = level(depth);
    if (depth == 0 || here.known < 4 || level(depth - 1).mean >= worth_timing) return true;
    return ++here.untimed % 32 == 0;
  }
  void learn(std::size_t depth, std::int64_t took) noexcept {
    auto& here = level(depth);
    here.known = std::min(here.known + 1, 64);
    here.mean += (took - here.mean) / here.known;
  }
  /// What it cost this rank to hand over so many of them, or to take results in. What every message costs does not
  /// count: many small ones may go together.
  void learn_move(std::size_t depth, std::size_t problems, std::int64_t took) noexcept {
    auto& here = level(depth);
    here.moves = std::min(here.moves + 1, 8);
    const auto each = std::max<std::int64_t>(took - message, 0) / static_cast<std::int64_t>(problems);
    here.move += (each - here.move) / here.moves;
  }

  [[nodiscard]] std::int64_t expected(std::size_t depth) const noexcept {
    const auto& here = level(depth);
    return here.known == 0 ? unknown : here.mean;
  }
  [[nodiscard]] std::int64_t move(std::size_t depth) const noexcept { return level(depth).move; }
  [[nodiscard]] std::int64_t cutoff() const noexcept { return cutoff_; }

  /// The least depth at which problems take less than the cut-off; -1 if none is known to.
  [[nodiscard]] int cutoff_depth() const noexcept {
    const auto found = std::find_if(levels_.begin(), levels_.end(),
                                    [this](const auto& each) { return each.known != 0 && each.mean < cutoff_; });
    return found == levels_.end() ? -1 : static_cast<int>(found - levels_.begin());
  }

 private:
  static constexpr std::int64_t worth_timing = 16'000;
  static constexpr std::int64_t message = 10'000;
  struct one {
    std::int64_t mean = 0;  ///< of the last, about 64
    std::int64_t move = 0;
    int known = 0;
    int moves = 0;
    std::uint32_t untimed = 0;
  };

  [[nodiscard]] one& level(std::size_t depth) noexcept { return levels_[std::min(depth, levels_.size() - 1)]; }
  [[nodiscard]] const one& level(std::size_t depth) const noexcept {
    return levels_[std::min(depth, levels_.size() - 1)];
  }

  std::int64_t cutoff_;
  std::array<one, 256> levels_{};
};

/// Whether problems are worth handing over together.
class worth {
 public:
  worth(const divide_costs& costs, std::size_t deepest) noexcept : costs_{costs}, deepest_{deepest} {}

  /// So many more of this depth; false if they must stay.
  bool add(std::size_t problems, std::size_t depth) noexcept {
    if (depth > deepest_) return false;
    const auto n = static_cast<std::int64_t>(std::min<std::size_t>(problems, 1024));
    time_ =
        std::min(time_ + n * std::min(costs_.expected(depth), divide_costs::unknown / 1024), divide_costs::unknown);
    move_ += n * costs_.move(depth);
    return true;
  }
  /// They take longer than to hand them over would take this rank.
  [[nodiscard]] bool pays() const noexcept { return time_ >= 3 * move_; }
  [[nodiscard]] bool enough() const noexcept { return time_ >= costs_.cutoff() && time_ != 0 && pays(); }

 private:
  const divide_costs& costs_;
  std::size_t deepest_;
  std::int64_t time_ = 0;
  std::int64_t move_ = 0;
};

}  // namespace cohort::detail
