#pragma once

#include <cohort/pattern/divide/detail/costs.hpp>
#include <cohort/pattern/divide/detail/strand.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cohort::detail {

/// All the problems that a rank has begun or not begun: its strands, and loose pieces of others.
template <class Functions>
class divide_pool {
  using P = typename Functions::problem_type;
  using R = typename Functions::result_type;
  using strand = divide_strand<Functions>;

 public:
  explicit divide_pool(int rank) noexcept : rank_{rank} {}

  void add(loose_piece<P>&& piece) { loose_.push_back(std::move(piece)); }

  /// A strand for this piece, which must be begun by the caller.
  strand& open(const loose_piece<P>& piece, std::int64_t now) {
    strands_.push_back(std::make_unique<strand>());
    auto& fresh = *strands_.back();
    fresh.origin = piece.origin;
    fresh.depth = piece.depth;
    fresh.began = now;
    return fresh;
  }
  void close(strand& ended) {
    std::erase_if(strands_, [&](const auto& each) { return each.get() == &ended; });
  }
  /// The frame's results are complete: nobody looks for it any more.
  void forget(const divide_frame<Functions>& complete) {
    if (complete.number != 0) places_.erase(complete.number);
  }

  /// The result of a piece that went elsewhere; the strand that can go on now, if that is so.
  strand* arrive(const divide_origin& piece, R&& result) {
    const auto [owner, index] = places_.at(piece.frame);
    auto& waits = owner->frames[index];
    waits.arrived(piece.piece, std::move(result));
    if (!owner->blocked || index + 1 != owner->frames.size() || !waits.complete()) return nullptr;
    owner->blocked = false;
    return owner;
  }

  /// Something to begin with: the newest loose piece, else one of a strand that waits.
  std::optional<loose_piece<P>> next() {
    if (!loose_.empty()) {
      auto piece = std::move(loose_.back());
      loose_.pop_back();
      return piece;
    }
    for (auto at = strands_.rbegin(); at != strands_.rend(); ++at) {
      if ((*at)->find_open()) return take_from(**at, (*at)->open);
    }
    return std::nullopt;
  }

  /// What is to be handed over: so many pieces from this frame of this strand, or (null) of the loose ones.
  struct portion {
    strand* from;
    std::size_t index;
    std::size_t pieces;
  };

  /// The oldest pieces there are: half of each frame's, until that is enough. `working` is the strand that the rank
  /// goes on with, or null; unless it has a piece in hand, one stays for it.
  std::vector<portion> choose(worth& so_far, const strand* working, bool in_hand) {
    const auto* const own = in_hand || working == nullptr ? nullptr : working->newest_open();
    const std::size_t keep = in_hand || own != nullptr ? 0 : 1;
    std::vector<portion> chosen;
    if (loose_.size() > keep) {
      const auto n = (loose_.size() - keep + 1) / 2;
      if (so_far.add(n, loose_.front().depth)) chosen.push_back({nullptr, 0, n});
    }
    for (const auto& each : strands_) {
      if (so_far.enough() || !each->find_open()) continue;
      for (auto i = each->open; i != each->frames.size() && !so_far.enough() && chosen.size() != most_portions;
           ++i) {
        const auto& from = each->frames[i];
        const auto n = (from.unbegun() + (&from == own ? 0 : 1)) / 2;
        if (n != 0 && so_far.add(n, from.depth + 1)) chosen.push_back({each.get(), i, n});
      }
    }
    return chosen;
  }
  std::vector<loose_piece<P>> take(const std::vector<portion>& chosen) {
    std::vector<loose_piece<P>> pieces;
    for (const auto& each : chosen) {
      for (std::size_t i = 0; i != each.pieces; ++i) {
        if (each.from != nullptr) {
          pieces.push_back(take_from(*each.from, each.index));
        } else {
          pieces.push_back(std::move(loose_.front()));
          loose_.pop_front();
        }
      }
    }
    return pieces;
  }

  void clear() {
    places_.clear();
    strands_.clear();
    loose_.clear();
  }

 private:
  static constexpr std::size_t most_portions = 1024;

  loose_piece<P> take_from(strand& from, std::size_t index) {
    auto& owner = from.frames[index];
    if (owner.number == 0) {
      owner.number = ++last_number_;
      places_.emplace(owner.number, std::pair{&from, index});
    }
    const auto piece = owner.take();
    return {
        std::move(owner.pieces[piece]), {rank_, static_cast<std::uint32_t>(piece), owner.number}, owner.depth + 1};
  }

  int rank_;
  std::deque<loose_piece<P>> loose_;              ///< of other ranks, and at first the whole problem
  std::vector<std::unique_ptr<strand>> strands_;  ///< the oldest first
  /// Where the frames are whose pieces went elsewhere.
  std::unordered_map<std::uint64_t, std::pair<strand*, std::size_t>> places_;
  std::uint64_t last_number_ = 0;
};

}  // namespace cohort::detail
