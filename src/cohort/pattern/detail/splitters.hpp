#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace cohort::detail {

/// How samples of sorted parts say where to cut them (regular sampling: Shi and Schaeffer, Parallel sorting by
/// regular sampling, 1992). Every `step`-th element of each part is a sample, so each stands for `step` elements.
/// Equal elements are ordered by their rank, and there by their place, so that any number of equal ones can be cut
/// apart.
class splitters {
 public:
  /// Of `total` elements on `ranks` ranks: all elements are samples if there are few. A piece is at most
  /// (ranks - 1) * (step - 1) elements longer than its share: 1/64 of it on up to 32 ranks.
  [[nodiscard]] static std::size_t step(std::size_t total, int ranks) noexcept {
    const auto p = static_cast<std::size_t>(ranks);
    const auto per_rank = std::min(64 * p, std::max<std::size_t>(256, 65'536 / p));
    return std::max<std::size_t>(1, total / (p * per_rank));
  }
  [[nodiscard]] static std::size_t samples(std::size_t elements, std::size_t step) noexcept {
    return elements / step;
  }
  [[nodiscard]] static std::size_t place(std::size_t sample, std::size_t step) noexcept {
    return (sample + 1) * step - 1;
  }

  /// Where rank `rank` cuts its sorted elements [first, first + n): ranks + 1 places, from 0 to n. `all` are the
  /// samples of all ranks, one rank's behind the other's, counts[r] of rank r. The cuts of all ranks fit together.
  template <class T, class Compare>
  [[nodiscard]] static std::vector<std::size_t> cuts(const T* first, std::size_t n, int rank, std::size_t step,
                                                     const T* all, const std::vector<std::size_t>& counts,
                                                     Compare& compare) {
    const auto ranks = counts.size();
    std::vector<std::size_t> begins(ranks + 1);
    for (std::size_t r = 0; r != ranks; ++r) begins[r + 1] = begins[r] + counts[r];
    std::vector<std::size_t> order(begins.back());
    for (std::size_t i = 0; i != order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return compare(all[a], all[b]); });
    std::vector<std::size_t> result(ranks + 1, 0);
    result.back() = n;
    for (std::size_t r = 1; r < ranks; ++r) {
      const auto before = share(order.size(), r, ranks);
      if (before == 0) continue;
      const auto sample = order[before - 1];
      const auto owner =
          static_cast<std::size_t>(std::upper_bound(begins.begin(), begins.end(), sample) - begins.begin() - 1);
      const auto mine = static_cast<std::size_t>(rank);
      const T* cut = nullptr;
      if (owner == mine) {
        cut = first + place(sample - begins[owner], step) + 1;
      } else if (mine < owner) {
        cut = std::upper_bound(first, first + n, all[sample], compare);
      } else {
        cut = std::lower_bound(first, first + n, all[sample], compare);
      }
      result[r] = static_cast<std::size_t>(cut - first);
    }
    return result;
  }

 private:
  /// total * r / ranks, without overflow.
  [[nodiscard]] static std::size_t share(std::size_t total, std::size_t r, std::size_t ranks) noexcept {
    return total / ranks * r + total % ranks * r / ranks;
  }
};

}  // namespace cohort::detail
