#pragma once

#include <cohort/memory/detail/node_block.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace cohort::detail {

/// What ranks and the root say to each other about shared data; follows a nested_note of kind `data`. The first
/// rank of a node that asks is told to fetch, asks for piece after piece, and says when it has all; others are told
/// where.
struct data_note {
  enum class kind : std::uint32_t {
    // rank -> root
    ask,     ///< where is it on my node?
    alone,   ///< what I was told is not to be seen from here
    more,    ///< send the piece at `offset`
    whole,   ///< it is at `place` on my node
    failed,  ///< there is no memory here; a text follows
    // root -> rank
    fetch,  ///< make room for `place.bytes`
    piece,  ///< of which this belongs to `offset`
    at,     ///< it is at `place`
    lost,   ///< it cannot be had; a text follows
    ended   ///< it is shared no longer
  };
  kind what = kind::ask;
  std::uint32_t unused = 0;
  std::uint64_t number = 0;
  std::uint64_t offset = 0;
  block_place place;
};
static_assert(std::is_trivially_copyable_v<data_note>);

/// Bytes that travel in one piece, and how many pieces are on their way at the same time. @{
inline constexpr std::size_t data_piece = std::size_t{1} << 20U;
inline constexpr std::size_t data_pieces = 4;
/// @}

}  // namespace cohort::detail
