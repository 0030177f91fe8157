#pragma once

#include <cohort/dispatch/schedule.hpp>
#include <cohort/pattern/detail/range_pool.hpp>

#include <algorithm>
#include <cstdint>

namespace cohort::detail {

/// How the indices of a loop are cut: into units of `unit` indices (the last may be shorter), of which a schedule
/// makes portions. The same on every rank.
struct loop_plan {
  static constexpr std::uint64_t largest_share =
      16;  ///< automatic: no portion is more than this part of an equal share

  dispatch::schedule how = dispatch::schedule::automatic;
  std::uint64_t count = 0;
  std::uint64_t unit = 1;
  std::uint64_t workers = 1;
  /// Portions that a rank may have in all, with those its node was given in advance; they are as many times
  /// shorter, so that what is out at the end is no more than an equal share.
  std::uint64_t advance = 1;

  [[nodiscard]] std::uint64_t units() const noexcept { return count / unit + (count % unit != 0 ? 1 : 0); }
  /// Units of the portion that begins at `position`, which is less than units().
  [[nodiscard]] std::uint64_t portion(std::uint64_t position) const {
    if (workers == 1) return units() - position;  // nobody to share with
    const auto chunk = dispatch::chunk_at(how, position, units(), workers * advance);
    if (how != dispatch::schedule::automatic) return chunk;
    // Factoring's first portion is half of an equal share; if the longest indices come first, that is too much.
    return std::min(chunk, units() / (largest_share * workers) + 1);
  }
  /// Where `portions` portions from `position` on end.
  [[nodiscard]] std::uint64_t after(std::uint64_t position, std::uint64_t portions) const {
    for (; portions != 0 && position < units(); --portions) position += portion(position);
    return position;
  }
  [[nodiscard]] unit_range indices(const unit_range& of) const noexcept {
    return {of.begin * unit, of.end > count / unit ? count : of.end * unit};
  }
  /// Portions are equal and each has its rank from the beginning: nothing is claimed.
  [[nodiscard]] bool is_static() const noexcept {
    return how == dispatch::schedule::static_block || how == dispatch::schedule::static_cyclic;
  }
  /// A number that two different plans hardly ever share.
  [[nodiscard]] std::uint64_t signature() const noexcept {
    std::uint64_t mixed = 0x9e3779b97f4a7c15;
    for (const auto part : {count, unit, static_cast<std::uint64_t>(how)}) {
      mixed = (mixed ^ part) * 0xff51afd7ed558ccd;
      mixed ^= mixed >> 32;
    }
    return mixed;
  }
};

}  // namespace cohort::detail
