#pragma once

#include <cohort/collective/allgather.hpp>
#include <cohort/collective/allgatherv.hpp>
#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/alltoallv.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/pattern/detail/order_check.hpp>
#include <cohort/pattern/detail/round_agreement.hpp>
#include <cohort/pattern/detail/splitters.hpp>
#include <cohort/pattern/detail/text_order.hpp>
#include <cohort/serial/pack.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <functional>
#include <iterator>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace cohort {

/// How parallel_sort works. The same on every rank.
struct sort_options {
  /// Equal elements keep their order: those of lower ranks come first, and those of one rank stay as they are.
  bool stable = false;
};

namespace detail {

/// The parts of this rank's sorted elements, cut at `cuts`, go to their ranks; what comes is one sorted run per
/// rank.
template <class T>
class sort_exchange {
 public:
  static constexpr bool raw = plain<T>;
  using storage = std::conditional_t<raw, buffer<T>, std::vector<T>>;

  sort_exchange(const communicator& comm, std::span<T> sorted, const std::vector<std::size_t>& cuts,
                const call_site& where)
      : begins_{0} {
    std::vector<std::size_t> lengths(cuts.size() - 1);
    for (std::size_t r = 0; r != lengths.size(); ++r) lengths[r] = cuts[r + 1] - cuts[r];
    if constexpr (raw) {
      auto came = comm.alltoallv(std::span<const T>{sorted}, lengths, where);
      runs_ = std::move(came.values);
      for (const auto n : came.counts) begins_.push_back(begins_.back() + n);
    } else {
      send_objects(comm, sorted, cuts, where);
    }
  }

  template <class Compare>
  storage merged(Compare& compare) && {
    return merge_parts(std::move(runs_), std::move(begins_), compare);
  }

 private:
  /// Packed, but for what stays here: how many, and each on its own.
  void send_objects(const communicator& comm, std::span<T> sorted, const std::vector<std::size_t>& cuts,
                    const call_site& where) {
    const auto self = static_cast<std::size_t>(comm.rank());
    const auto ranks = cuts.size() - 1;
    const auto leaves = [&](std::size_t r) {
      return r == self ? std::span<T>{} : sorted.subspan(cuts[r], cuts[r + 1] - cuts[r]);
    };
    std::vector<std::size_t> bytes(ranks, 0);
    for (std::size_t r = 0; r != ranks; ++r) {
      if (!leaves(r).empty()) bytes[r] = sizeof(std::size_t);
      for (const auto& each : leaves(r)) bytes[r] += serial::packed_size(each);
    }
    buffer<std::byte> out(counts_view{bytes}.total());
    auto* at = out.data();
    for (std::size_t r = 0; r != ranks; ++r) {
      if (!leaves(r).empty()) at = serial::pack_to(at, leaves(r).size());
      for (const auto& each : leaves(r)) at = serial::pack_to(at, each);
    }
    const auto came = comm.alltoallv(out, bytes, where);
    out = {};

    const auto stays = sorted.subspan(cuts[self], cuts[self + 1] - cuts[self]);
    std::size_t length = stays.size();
    std::vector<std::span<const std::byte>> blocks;
    std::span<const std::byte> left{came.values.data(), came.values.size()};
    for (const auto n : came.counts) {
      serial::input in{left.first(n)};
      left = left.subspan(n);
      std::size_t comes = 0;
      if (n != 0) in >> comes;
      length += comes;
      blocks.push_back(in.left());
    }
    runs_.reserve(length);
    for (std::size_t r = 0; r != ranks; ++r) {
      if (r == self) std::move(stays.begin(), stays.end(), std::back_inserter(runs_));
      for (auto block = blocks[r]; !block.empty();) {
        serial::input in{block};
        in >> runs_.emplace_back();
        block = in.left();
      }
      begins_.push_back(runs_.size());
    }
  }

  storage runs_;
  std::vector<std::size_t> begins_;
};

/// The samples of all ranks, one rank's behind the other's, and how many are whose.
template <class T>
auto all_samples(const communicator& comm, const std::vector<T>& mine, std::vector<std::size_t>& counts,
                 const call_site& where) {
  if constexpr (plain<T>) {
    auto came = comm.allgatherv(mine, where);
    counts = std::move(came.counts);
    return std::move(came.values);
  } else {
    std::vector<T> all;
    for (auto& part : comm.allgather(mine, where)) {
      counts.push_back(part.size());
      all.insert(all.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
    }
    return all;
  }
}

/// Throws argument_error.
[[noreturn]] void throw_no_order(const communicator& comm, const call_site& where);

}  // namespace detail

/// Sorts what is spread over the ranks of `comm`. Collective. `values` is this rank's part, a std::vector or a
/// buffer of any length, empty too; what returns is this rank's part of the sorted whole, one rank's behind the
/// other's, as a buffer (plain elements) or a std::vector (objects, which must be copyable and default
/// constructible). The parts are about equal, however the values are spread and however many are equal: at worst
/// one is longer than its share by 1/64 of it on up to 32 ranks, by (ranks - 1) / samples of it on more.
///
///   auto mine = cohort::parallel_sort(world, std::move(values), std::greater{}, {.stable = true});
///
/// `compare` is a strict weak order, as for std::sort, and the same on every rank. Where it is seen to be none, as
/// <= is, and < if there is a NaN among the values, every rank throws argument_error; this is not seen always, and
/// then the order of the result is not defined.
///
/// Sample sort (Shi and Schaeffer 1992, with ties broken by position): each part is sorted where it is, samples of
/// all go to all (64 for each rank from each, 65,536 together at most, or 256 from each if that is more), every
/// rank cuts its part there, one exchange, and a merge of what came. Cost: std::sort of the part, four small
/// MPI_Allreduce, an allgatherv of samples, an alltoallv in which each element travels at most once, O(n log ranks)
/// comparisons to merge; memory for two more parts. Strings in their own order (std::less or std::greater) are
/// compared as integers, seven bytes at a time, which takes less than half as long.
///
/// If `compare` throws on a rank, every rank throws rank_error. Copying and sending elements must not throw.
template <class Container, class Compare = std::less<>>
requires std::same_as<typename Container::value_type*, decltype(std::declval<Container&>().data())>
[[nodiscard]] auto parallel_sort(const communicator& comm, Container values, Compare compare = {},
                                 const sort_options& options = {}, call_site where = call_site::current()) {
  using T = typename Container::value_type;
  static_assert(
      std::is_invocable_r_v<bool, Compare&, const T&, const T&>,
      "cohort: parallel_sort cannot compare two elements (there is no operator<, or the comparator does not "
      "take two of them and return bool); give a comparator that does");
  detail::round_agreement all{comm, "parallel_sort", where};
  const std::span<T> mine{values.data(), values.size()};
  bool no_order = false;
  try {
    no_order = detail::seen_no_order(mine, compare);
    if (!no_order) {
      detail::sort_part(mine, compare, options.stable);
      no_order = detail::seen_unsorted(std::span<const T>{mine}, compare);
    }
  } catch (...) {
    all.fail("sort of its part");
  }
  if (all.any(no_order)) detail::throw_no_order(comm, where);

  const auto total = comm.allreduce(mine.size(), std::plus{}, where);
  const auto step = detail::splitters::step(total, comm.size());
  std::vector<T> samples;
  samples.reserve(detail::splitters::samples(mine.size(), step));
  for (std::size_t i = 0; i != detail::splitters::samples(mine.size(), step); ++i)
    samples.push_back(mine[detail::splitters::place(i, step)]);
  std::vector<std::size_t> counts;
  const auto of_all = detail::all_samples(comm, samples, counts, where);
  std::vector<std::size_t> cuts;
  try {
    cuts = detail::splitters::cuts(mine.data(), mine.size(), comm.rank(), step, of_all.data(), counts, compare);
  } catch (...) {
    all.fail("choice of where to cut its part");
  }
  no_order = !std::is_sorted(cuts.begin(), cuts.end());
  if (all.any(no_order)) detail::throw_no_order(comm, where);

  detail::sort_exchange<T> runs{comm, mine, cuts, where};
  typename detail::sort_exchange<T>::storage sorted;
  try {
    sorted = std::move(runs).merged(compare);
    no_order = detail::seen_unsorted(std::span<const T>{sorted.data(), sorted.size()}, compare);
  } catch (...) {
    all.fail("merge of its part");
  }
  if (all.any(no_order)) detail::throw_no_order(comm, where);
  return sorted;
}

}  // namespace cohort
