#pragma once

#include <cohort/collective/gather.hpp>
#include <cohort/collective/gatherv.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/pattern/detail/combine.hpp>
#include <cohort/pattern/detail/key_exchange.hpp>
#include <cohort/pattern/emitter.hpp>
#include <cohort/pattern/map_reduce_options.hpp>
#include <cohort/pattern/rank_error.hpp>

#include <algorithm>
#include <concepts>
#include <iterator>
#include <ranges>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace cohort {
namespace detail {

template <class Key>
concept sortable_key = requires(const Key& a, const Key& b) {
  { a < b } -> std::convertible_to<bool>;
};

template <class Pair>
void sort_by_key(std::vector<Pair>& pairs) {
  using Key = typename Pair::first_type;
  if constexpr (sortable_key<Key>) {
    std::sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) { return a.first < b.first; });
  } else {
    throw argument_error{"keys without operator< cannot be sorted; define it, or leave out .sorted"};
  }
}

/// What the second form returns for a key.
template <class Key, class Value, class Reduce>
using all_reduced = std::remove_cvref_t<std::invoke_result_t<Reduce&, const Key&, std::span<Value>>>;

template <class Key, class Value, class Reduce>
[[nodiscard]] std::vector<std::pair<Key, all_reduced<Key, Value, Reduce>>> reduce_each(
    std::vector<std::pair<Key, std::vector<Value>>>&& groups, Reduce& reduce_all) {
  std::vector<std::pair<Key, all_reduced<Key, Value, Reduce>>> results;
  results.reserve(groups.size());
  for (auto& [key, values] : groups) {
    auto result = std::invoke(reduce_all, std::as_const(key), std::span<Value>{values});
    results.emplace_back(std::move(key), std::move(result));
    values = std::vector<Value>();
  }
  return results;
}

}  // namespace detail

/// Counts, sums or otherwise combines by key over the inputs of all ranks, as MapReduce does (Dean and Ghemawat,
/// OSDI 2004). Collective; every rank works, on its own inputs.
///
///   auto counts = cohort::map_reduce<std::string, long>(
///       world, my_lines,                                                      // any input range; also one made on
///       the fly
///       [](const std::string& line, auto& emit) { for (auto& word : words(line)) emit(word, 1); },
///       std::plus{});                                                         //
///       std::vector<std::pair<std::string, long>>
///
/// map(input, emit) gives any number of pairs. reduce(value, value) combines two values of one key into one; it
/// must be associative and commutative. Each key is owned by one rank, which its hash decides. Returns the pairs
/// whose keys this rank owns, in no order unless options.sorted; gather_to_root() joins them. Keys need ==, a hash
/// (key_hash.hpp) and, as values, a default constructor; both are of any type that can be sent, values may be
/// movable only.
///
/// Values are combined where they are emitted, and again at the owner. What waits for other ranks is bounded by
/// options.memory: when it is full on one rank, all exchange what they have. A rank that is through takes part in
/// such rounds until all are; one that comes to a round waits for the others. So the inputs may be larger than all
/// memory, if only the result, a rank's keys with one value each, is not. `map`, `reduce`, the range, hash and
/// partition run in the calling thread; they must not communicate on `comm`.
///
/// Cost: per round, and once at the end, an MPI_Allreduce of one int; per round an MPI_Alltoall with 192 bytes per
/// rank and, if more than that goes from any rank to another, an MPI_Alltoallv. Each distinct key travels at most
/// once per rank and round, with one value, as its bytes if key and value are plain, else serialised. At most 2^31
/// / size() bytes go from one rank to another in a round, so that much limits one key with its value.
///
/// If any of those functions throws on a rank, every rank throws rank_error at the next round or the end; the
/// result is lost.
template <class Key, class Value, std::ranges::input_range Inputs, class Map, class Reduce,
          class Hash = key_hash<Key>>
[[nodiscard]] std::vector<std::pair<Key, Value>> map_reduce(const communicator& comm, Inputs&& inputs, Map map,
                                                            Reduce reduce,
                                                            map_reduce_options<Key, Hash> options = {},
                                                            call_site where = call_site::current()) {
  const bool sorted = options.sorted;
  using Combine = detail::fold_values<Value, Reduce>;
  detail::key_exchange<Key, Value, Hash, Combine> exchange{comm, "map_reduce", Combine{std::move(reduce)},
                                                           std::move(options), where};
  exchange.map_all(std::forward<Inputs>(inputs), map);
  if (!sorted) return exchange.finish();
  return exchange.finish("sorting of its keys", [](auto pairs) {
    detail::sort_by_key(pairs);
    return pairs;
  });
}

/// The same where the map function itself tells the types: map(input, cohort::emitter<Key, Value>& emit).
template <std::ranges::input_range Inputs, class Map, class Reduce, class Emitter = detail::emitter_of<Map>,
          class Hash = key_hash<typename Emitter::key_type>>
[[nodiscard]] auto map_reduce(const communicator& comm, Inputs&& inputs, Map map, Reduce reduce,
                              map_reduce_options<typename Emitter::key_type, Hash> options = {},
                              call_site where = call_site::current()) {
  return map_reduce<typename Emitter::key_type, typename Emitter::mapped_type>(
      comm, std::forward<Inputs>(inputs), std::move(map), std::move(reduce), std::move(options), where);
}

/// The same for what needs all values of a key at once (a median, a join): reduce_all(key, std::span<Value> values)
/// gives the result for the key, of any type; it may change the values, or move from them. They come in no
/// particular order. Returns pairs of key and result. With options.sorted, reduce_all is called in the order of
/// keys.
///
/// Costs as above, but every value travels, and the owner of a key holds all its values at the end; only what is on
/// its way is bounded. What can be combined two by two is better given to map_reduce.
template <class Key, class Value, std::ranges::input_range Inputs, class Map, class Reduce,
          class Hash = key_hash<Key>>
[[nodiscard]] auto map_reduce_all(const communicator& comm, Inputs&& inputs, Map map, Reduce reduce_all,
                                  map_reduce_options<Key, Hash> options = {},
                                  call_site where = call_site::current()) {
  static_assert(std::is_invocable_v<Reduce&, const Key&, std::span<Value>>,
                "cohort: map_reduce_all reduces with reduce_all(key, std::span<Value>)");
  static_assert(!std::is_void_v<std::invoke_result_t<Reduce&, const Key&, std::span<Value>>>,
                "cohort: reduce_all returns a result for its key");
  const bool sorted = options.sorted;
  using Combine = detail::collect_values<Value>;
  detail::key_exchange<Key, Value, Hash, Combine> exchange{comm, "map_reduce_all", Combine{}, std::move(options),
                                                           where};
  exchange.map_all(std::forward<Inputs>(inputs), map);
  return exchange.finish("reduction of its keys", [&](auto groups) {
    if (sorted) detail::sort_by_key(groups);
    return detail::reduce_each<Key, Value>(std::move(groups), reduce_all);
  });
}
template <std::ranges::input_range Inputs, class Map, class Reduce, class Emitter = detail::emitter_of<Map>,
          class Hash = key_hash<typename Emitter::key_type>>
[[nodiscard]] auto map_reduce_all(const communicator& comm, Inputs&& inputs, Map map, Reduce reduce_all,
                                  map_reduce_options<typename Emitter::key_type, Hash> options = {},
                                  call_site where = call_site::current()) {
  return map_reduce_all<typename Emitter::key_type, typename Emitter::mapped_type>(
      comm, std::forward<Inputs>(inputs), std::move(map), std::move(reduce_all), std::move(options), where);
}

/// The ranks' parts of a result (any vectors, or the buffers of a sort), joined in the order of ranks, on the root;
/// empty elsewhere. Collective. Plain elements cost a gatherv, others are serialised: a gather.
template <class Element>
[[nodiscard]] std::vector<Element> gather_to_root(const communicator& comm, const std::vector<Element>& part,
                                                  rooted at = {}, call_site where = call_site::current()) {
  if constexpr (plain_range<const std::vector<Element>>) {
    return comm.gatherv(part, at, where).values;
  } else {
    auto parts = comm.gather(part, at, where);
    std::vector<Element> all;
    for (auto& each : parts) {
      all.insert(all.end(), std::move_iterator{each.begin()}, std::move_iterator{each.end()});
      each = std::vector<Element>();
    }
    return all;
  }
}
template <class Element>
[[nodiscard]] std::vector<Element> gather_to_root(const communicator& comm, const buffer<Element>& part,
                                                  rooted at = {}, call_site where = call_site::current()) {
  return comm.gatherv(part, at, where).values;
}

}  // namespace cohort
