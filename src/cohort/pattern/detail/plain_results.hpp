#pragma once

#include <cohort/collective/allgatherv.hpp>
#include <cohort/core/buffer.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/request.hpp>
#include <cohort/p2p/irecv.hpp>
#include <cohort/p2p/send.hpp>
#include <cohort/pattern/detail/placed_runs.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace cohort::detail {

/// Results that move as they lie in memory. The root writes its own where they belong in the end, and receives the
/// others' there as well: nothing is copied but runs of indices so short that each as a message would be a waste.
template <class Result>
class plain_results {
 public:
  using type = buffer<Result>;

  plain_results(const communicator& comm, std::uint64_t count, int root, bool everywhere)
      : comm_{comm},
        root_{root},
        everywhere_{everywhere && comm.size() > 1},
        in_place_{comm.size() == 1 || (!everywhere && comm.rank() == root)},
        all_(in_place_ ? static_cast<std::size_t>(count) : 0) {}

  /// Room for the results of `portion`, which follow.
  void prepare(const unit_range& portion) {
    if (in_place_) {
      at_ = all_.data() + portion.begin;
      return;
    }
    const auto n = static_cast<std::size_t>(portion.size());
    if (n <= room_) {
      room_ -= n;
      if (runs_.back().end == portion.begin) {
        runs_.back().end = portion.end;
        return;
      }
    } else {
      const auto length = std::max(n, least_block);
      at_ = blocks_.emplace_back(length).data();
      room_ = length - n;
    }
    runs_.push_back(portion);
    places_.push_back(at_);
  }
  void add(Result&& result) { *at_++ = result; }

  /// All results on the root (or everywhere), in the order of indices. Collective. `lane` is for messages of ours.
  type collect(const communicator& lane, const call_site& where) {
    if (comm_.size() == 1) return std::move(all_);
    if (everywhere_) return share(where);
    const auto runs = gather_runs(comm_, runs_, root_, where);
    if (in_place_) {
      receive(lane, runs);
    } else {
      send(lane);
    }
    return std::move(all_);
  }

 private:
  static constexpr std::size_t message = 65536;  ///< bytes from which on a run is a message of its own
  static constexpr std::size_t least_block = std::max<std::size_t>(message / sizeof(Result), 1);
  [[nodiscard]] static bool is_long(const unit_range& run) noexcept { return run.size() >= least_block; }

  /// This rank's short runs, or all, one behind the other.
  [[nodiscard]] type packed(bool long_ones_too) const {
    std::size_t total = 0;
    const auto each = [&](auto&& use) {
      for (std::size_t i = 0; i != runs_.size(); ++i) {
        if (long_ones_too || !is_long(runs_[i])) use(places_[i], static_cast<std::size_t>(runs_[i].size()));
      }
    };
    each([&](const Result*, std::size_t n) { total += n; });
    type result(total);
    auto* to = result.data();
    each([&](const Result* from, std::size_t n) { to = std::copy_n(from, n, to); });
    return result;
  }

  void send(const communicator& lane) const {
    for (std::size_t i = 0; i != runs_.size(); ++i) {
      if (is_long(runs_[i])) {
        lane.send(std::span<const Result>{places_[i], static_cast<std::size_t>(runs_[i].size())},
                  {.dest = root_, .tag = tag});
      }
    }
    const auto rest = packed(false);
    if (!rest.empty()) lane.send(std::span<const Result>{rest.begin(), rest.end()}, {.dest = root_, .tag = tag});
  }

  void receive(const communicator& lane, const gathered<unit_range>& runs) {
    std::vector<request<void>> coming;
    std::vector<type> rest(runs.counts.size());
    const auto expect = [&](std::size_t rank, Result* to, std::size_t n) {
      coming.push_back(lane.irecv_into(std::span{to, n}, {.source = static_cast<int>(rank), .tag = tag}));
    };
    const unit_range* run = runs.values.data();
    for (std::size_t rank = 0; rank != rest.size(); ++rank) {
      std::size_t left = 0;
      for (std::size_t i = 0; i != runs.counts[rank]; ++i, ++run) {
        if (is_long(*run)) {
          expect(rank, all_.data() + run->begin, static_cast<std::size_t>(run->size()));
        } else {
          left += static_cast<std::size_t>(run->size());
        }
      }
      if (left == 0) continue;
      rest[rank] = type(left);
      expect(rank, rest[rank].data(), left);
    }
    receive_all(coming);
    run = runs.values.data();
    for (std::size_t rank = 0; rank != rest.size(); ++rank) {
      const Result* from = rest[rank].data();
      for (std::size_t i = 0; i != runs.counts[rank]; ++i, ++run) {
        if (is_long(*run)) continue;
        std::copy_n(from, run->size(), all_.data() + run->begin);
        from += run->size();
      }
    }
  }

  type share(const call_site& where) const {
    const auto runs = share_runs(comm_, runs_, where);
    const auto counts = results_of(runs);
    std::vector<std::size_t> first(counts.size() + 1, 0);
    for (std::size_t r = 0; r != counts.size(); ++r) first[r + 1] = first[r] + counts[r];
    type joined(first.back());
    comm_.allgatherv_into(packed(true), joined, counts, where);
    type ordered(joined.size());
    auto* to = ordered.data();
    for (const auto& run : in_order(runs)) {
      to = std::copy_n(joined.data() + first[run.rank] + run.offset, run.indices.size(), to);
    }
    return ordered;
  }

  static constexpr int tag = 6;  ///< loop_mail has the lower ones

  communicator comm_;
  int root_;
  bool everywhere_;
  bool in_place_;
  type all_;
  std::vector<type> blocks_;
  std::vector<unit_range> runs_;
  std::vector<Result*> places_;  ///< of the runs' results, in the blocks
  Result* at_ = nullptr;
  std::size_t room_ = 0;  ///< left in the last block
};

}  // namespace cohort::detail
