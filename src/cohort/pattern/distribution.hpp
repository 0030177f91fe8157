#pragma once

#include <cohort/core/detail/block.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <iterator>

/// Which rank has which elements of an array of `size` elements on `ranks` ranks: pure arithmetic, no
/// communication. Each element has a global index, and at its owner a local one. Any size will do, 0 and fewer than
/// ranks too.
///
///   block         0 0 0 1 1 2 2          HPF's BLOCK, evenly: what scatter deals out
///   cyclic        0 1 2 0 1 2 0          HPF's CYCLIC
///   block_cyclic  0 0 1 1 2 2 0 (by 2)   HPF's CYCLIC(b), ScaLAPACK's
///
/// owner(i), local_index(i), global_index(rank, i) and local_size(rank) are ScaLAPACK's INDXG2P, INDXG2L, INDXL2G
/// and NUMROC, counted from 0. Each takes constant time, a division or two. They throw argument_error for an index
/// or a rank that does not exist.
namespace cohort {

/// What has these questions answered. Local order must be global order: an element with a greater index has, at the
/// same rank, a greater local index. Types of yours may be distributions too.
template <class D>
concept distribution = requires(const D& d, std::size_t index, int rank) {
  { d.size() } -> std::convertible_to<std::size_t>;
  { d.ranks() } -> std::convertible_to<int>;
  { d.owner(index) } -> std::convertible_to<int>;
  { d.local_size(rank) } -> std::convertible_to<std::size_t>;
  { d.local_index(index) } -> std::convertible_to<std::size_t>;
  { d.global_index(rank, index) } -> std::convertible_to<std::size_t>;
  { d.contiguous_from(index) } -> std::convertible_to<std::size_t>;
};

namespace detail {

[[noreturn]] void throw_no_index(std::size_t index, std::size_t size);
[[noreturn]] void throw_no_rank(int rank, int ranks);
[[noreturn]] void throw_bad_distribution(int ranks, std::size_t block);

constexpr void check_index(std::size_t index, std::size_t size) {
  if (index >= size) [[unlikely]]
    throw_no_index(index, size);
}
constexpr void check_rank(int rank, int ranks) {
  if (rank < 0 || rank >= ranks) [[unlikely]]
    throw_no_rank(rank, ranks);
}

/// A forward range of the global indices that a rank has, in ascending order.
template <class Distribution>
class owned_indices {
 public:
  class iterator {
   public:
    using iterator_concept = std::forward_iterator_tag;
    using iterator_category = std::input_iterator_tag;
    using value_type = std::size_t;
    using difference_type = std::ptrdiff_t;
    using reference = std::size_t;
    using pointer = void;

    constexpr iterator() = default;
    constexpr iterator(const Distribution& of, int rank, std::size_t at) : of_{of}, rank_{rank}, at_{at} {}
    constexpr std::size_t operator*() const { return of_.global_index(rank_, at_); }
    constexpr iterator& operator++() {
      ++at_;
      return *this;
    }
    constexpr iterator operator++(int) {
      auto before = *this;
      ++at_;
      return before;
    }
    friend constexpr bool operator==(const iterator& a, const iterator& b) { return a.at_ == b.at_; }

   private:
    Distribution of_;
    int rank_ = 0;
    std::size_t at_ = 0;
  };

  constexpr owned_indices(const Distribution& of, int rank) : of_{of}, rank_{rank}, size_{of.local_size(rank)} {}
  [[nodiscard]] constexpr iterator begin() const { return {of_, rank_, 0}; }
  [[nodiscard]] constexpr iterator end() const { return {of_, rank_, size_}; }
  [[nodiscard]] constexpr std::size_t size() const { return size_; }

 private:
  Distribution of_;
  int rank_;
  std::size_t size_;
};

}  // namespace detail

/// Consecutive elements for each rank, size / ranks of them, and one more for each of the first size % ranks: the
/// blocks of scatter. (HPF's BLOCK has ceil(size / ranks) for all but the last ranks, of which some may have none:
/// that is block_cyclic_distribution with such a block.)
class block_distribution {
 public:
  constexpr block_distribution() = default;  ///< of nothing, on one rank
  constexpr block_distribution(std::size_t size, int ranks) : size_{size}, ranks_{ranks} {
    if (ranks < 1) [[unlikely]]
      detail::throw_bad_distribution(ranks, 1);
  }

  [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
  [[nodiscard]] constexpr int ranks() const noexcept { return ranks_; }

  /// The rank that has the element.
  [[nodiscard]] constexpr int owner(std::size_t index) const {
    detail::check_index(index, size_);
    const auto ranks = static_cast<std::size_t>(ranks_);
    const std::size_t least = size_ / ranks;
    const std::size_t in_longer = (size_ % ranks) * (least + 1);
    return static_cast<int>(index < in_longer ? index / (least + 1) : size_ % ranks + (index - in_longer) / least);
  }
  /// How many elements the rank has.
  [[nodiscard]] constexpr std::size_t local_size(int rank) const { return block_of(rank).count; }
  /// The element's place at its owner.
  [[nodiscard]] constexpr std::size_t local_index(std::size_t index) const {
    return index - block_of(owner(index)).offset;
  }
  /// The element that the rank has at a place.
  [[nodiscard]] constexpr std::size_t global_index(int rank, std::size_t local) const {
    const auto mine = block_of(rank);
    detail::check_index(local, mine.count);
    return mine.offset + local;
  }
  /// How many elements, from this one on, have one owner and lie behind one another there.
  [[nodiscard]] constexpr std::size_t contiguous_from(std::size_t index) const {
    const auto whole = block_of(owner(index));
    return whole.offset + whole.count - index;
  }
  /// The elements that the rank has, a range of their global indices in ascending order.
  [[nodiscard]] constexpr auto indices_of(int rank) const {
    return detail::owned_indices<block_distribution>{*this, rank};
  }

  friend constexpr bool operator==(const block_distribution&, const block_distribution&) = default;

 private:
  [[nodiscard]] constexpr detail::block block_of(int rank) const {
    detail::check_rank(rank, ranks_);
    return detail::block_of(size_, static_cast<std::size_t>(ranks_), static_cast<std::size_t>(rank));
  }

  std::size_t size_ = 0;
  int ranks_ = 1;
};

/// Blocks of `block` elements, dealt out to the ranks in turn; the last block may be shorter.
class block_cyclic_distribution {
 public:
  constexpr block_cyclic_distribution() = default;  ///< of nothing, on one rank
  /// Throws argument_error if ranks or block is 0.
  constexpr block_cyclic_distribution(std::size_t size, int ranks, std::size_t block)
      : size_{size}, block_{block}, ranks_{ranks} {
    if (ranks < 1 || block < 1) [[unlikely]]
      detail::throw_bad_distribution(ranks, block);
  }

  [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
  [[nodiscard]] constexpr int ranks() const noexcept { return ranks_; }
  [[nodiscard]] constexpr std::size_t block() const noexcept { return block_; }

  /// As those of block_distribution. @{
  [[nodiscard]] constexpr int owner(std::size_t index) const {
    detail::check_index(index, size_);
    return static_cast<int>(index / block_ % width());
  }
  [[nodiscard]] constexpr std::size_t local_size(int rank) const {
    detail::check_rank(rank, ranks_);
    const std::size_t whole = size_ / block_;  // blocks; behind them is a shorter one
    const std::size_t rest = size_ % block_;
    const auto r = static_cast<std::size_t>(rank);
    const std::size_t turn = whole % width();  // who would be given the next block
    return (whole / width() + (r < turn ? 1 : 0)) * block_ + (r == turn ? rest : 0);
  }
  [[nodiscard]] constexpr std::size_t local_index(std::size_t index) const {
    detail::check_index(index, size_);
    return index / block_ / width() * block_ + index % block_;
  }
  [[nodiscard]] constexpr std::size_t global_index(int rank, std::size_t local) const {
    detail::check_index(local, local_size(rank));
    return (local / block_ * width() + static_cast<std::size_t>(rank)) * block_ + local % block_;
  }
  [[nodiscard]] constexpr std::size_t contiguous_from(std::size_t index) const {
    detail::check_index(index, size_);
    return ranks_ == 1 ? size_ - index : std::min(block_ - index % block_, size_ - index);
  }
  [[nodiscard]] constexpr auto indices_of(int rank) const {
    return detail::owned_indices<block_cyclic_distribution>{*this, rank};
  }
  /// @}

  friend constexpr bool operator==(const block_cyclic_distribution&, const block_cyclic_distribution&) = default;

 private:
  [[nodiscard]] constexpr std::size_t width() const noexcept { return static_cast<std::size_t>(ranks_); }

  std::size_t size_ = 0;
  std::size_t block_ = 1;
  int ranks_ = 1;
};

/// Elements dealt out to the ranks one by one in turn: blocks of one element.
class cyclic_distribution : public block_cyclic_distribution {
 public:
  constexpr cyclic_distribution() = default;  ///< of nothing, on one rank
  constexpr cyclic_distribution(std::size_t size, int ranks) : block_cyclic_distribution{size, ranks, 1} {}
};

}  // namespace cohort
