#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace cohort::detail {

/// Where the result of a problem goes: a rank, the number of a frame there (0: it is the whole result), and which
/// of the frame's pieces it was.
struct divide_origin {
  std::int32_t rank = 0;
  std::uint32_t piece = 0;
  std::uint64_t frame = 0;
};

/// A problem that has not begun and is not in a frame of this rank.
template <class P>
struct loose_piece {
  P problem;
  divide_origin origin;
  std::size_t depth = 0;
};

/// A problem that has been split and whose result is not known yet. Pieces are begun in order; those that go
/// elsewhere (to another rank, or to another strand of this one) are taken from the end.
template <class Functions>
struct divide_frame {
  using P = typename Functions::problem_type;
  using R = typename Functions::result_type;
  struct nothing {};

  [[nodiscard]] std::size_t unbegun() const noexcept { return end - next; }
  [[nodiscard]] bool complete() const noexcept { return next == end && missing == 0; }
  /// The last piece that has not begun goes elsewhere; returns its number.
  std::size_t take() {
    if (away.empty()) away.resize(pieces.size());
    ++missing;
    partial = true;
    return --end;
  }
  void arrived(std::size_t piece, R&& result) {
    away[piece].emplace(std::move(result));
    --missing;
  }
  /// Of all pieces, in their order.
  std::vector<R> take_results() {
    for (auto i = end; i < away.size(); ++i) results.push_back(std::move(*away[i]));
    return std::move(results);
  }

  std::size_t depth = 0;
  std::int64_t began = 0;    ///< 0: it is not timed
  std::uint64_t number = 0;  ///< by which results find it; 0 as long as none is away
  bool partial = false;      ///< some of it was not done here, or not at once: its time means nothing
  typename Functions::pieces_type pieces;
  std::size_t next = 0;
  std::size_t end = 0;
  std::size_t missing = 0;  ///< results of pieces that went elsewhere
  std::vector<R> results;   ///< of the pieces [0, next), in order
  std::vector<std::optional<R>> away;
  std::conditional_t<Functions::keeps_problem, std::optional<P>, nothing> problem;
};

/// What became of one problem that this rank began: frames within frames, which is the stack of a recursion, but on
/// the heap, so that no depth is too great, others can take the oldest pieces out of it, and it can be left and
/// gone on with.
template <class Functions>
struct divide_strand {
  using frame = divide_frame<Functions>;

  divide_origin origin;  ///< of its first problem
  std::size_t depth = 0;
  std::int64_t began = 0;
  bool partial = false;
  bool blocked = false;  ///< its last frame waits for results
  std::vector<frame> frames;
  std::size_t open = 0;  ///< no frame before this has a piece that has not begun

  /// Skips frames from which nothing can be taken; false if there is no other.
  [[nodiscard]] bool find_open() noexcept {
    while (open < frames.size() && frames[open].unbegun() == 0) ++open;
    return open < frames.size();
  }
  /// The last frame that has a piece to begin; null if there is none.
  [[nodiscard]] const frame* newest_open() const noexcept {
    for (auto i = frames.size(); i > open; --i) {
      if (frames[i - 1].unbegun() != 0) return &frames[i - 1];
    }
    return nullptr;
  }
};

}  // namespace cohort::detail
