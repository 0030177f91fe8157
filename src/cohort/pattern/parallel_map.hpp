#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/pattern/detail/object_results.hpp>
#include <cohort/pattern/detail/plain_results.hpp>
#include <cohort/pattern/detail/run_loop.hpp>
#include <cohort/pattern/loop_options.hpp>
#include <cohort/pattern/task_error.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <iterator>
#include <ranges>
#include <type_traits>
#include <utility>

namespace cohort {
namespace detail {
template <class Result>
using loop_results = std::conditional_t<plain<Result> && std::default_initializable<Result>, plain_results<Result>,
                                        object_results<Result>>;
}  // namespace detail

/// The results of f(i) for every i in [0, count), in this order, on the root (empty elsewhere; with .everywhere, on
/// every rank): what Python's Pool.map does, where every rank can compute every input.
///
///   auto squares = cohort::parallel_map(world, 1000, [](int i) { return i * i; });       // every rank
///
/// Plain results come as a buffer, others (strings, containers, objects) as a std::vector, as with gather(). Shared
/// out as parallel_for does, of which everything else holds, too. f's results stay on their rank until the end;
/// then they travel in two collective calls at most of any length: one for whose results are where, one for the
/// results. The root holds all of them twice for a moment.
template <std::integral Count, class Function>
auto parallel_map(const communicator& comm, Count count, Function&& f, parallel_map_options options = {},
                  call_site where = call_site::current()) {
  using Index = detail::index_t<Function, Count>;
  static_assert(std::is_invocable_v<Function&, Index>,
                "cohort: parallel_map's function must take one index or element");
  using Result = std::remove_cvref_t<std::invoke_result_t<Function&, Index>>;
  static_assert(!std::is_void_v<Result>, "cohort: the function returns nothing; use parallel_for");
  detail::require_sendable<Result>();
  detail::check_root("parallel_map", detail::access::state(comm, "parallel_map", where), options.root, where);
  detail::shared_loop loop{comm, "parallel_map",
                           detail::plan_of<Index>(comm, "parallel_map", count, options.schedule, options.chunk,
                                                  options.node_size, where),
                           options.node_size, where};
  detail::loop_results<Result> results{comm, loop.count(), options.root, options.everywhere};
  detail::run_loop(
      loop, [&](const detail::unit_range& portion) { results.prepare(portion); },
      [&](std::uint64_t i) { results.add(Result(std::invoke(f, static_cast<Index>(i)))); });
  return results.collect(loop.lane(), where);
}

/// The results of f(element) for every element of `inputs`, which every rank has, of the same length everywhere.
///
///   auto lengths = cohort::parallel_map(world, names, [](const std::string& name) { return name.size(); });
template <std::ranges::random_access_range Inputs, class Function>
requires std::ranges::sized_range<Inputs>
auto parallel_map(const communicator& comm, Inputs&& inputs, Function&& f, parallel_map_options options = {},
                  call_site where = call_site::current()) {
  const auto first = std::ranges::begin(inputs);
  using Offset = std::iter_difference_t<decltype(first)>;
  return parallel_map(
      comm, static_cast<std::uint64_t>(std::ranges::size(inputs)),
      [&](std::uint64_t i) -> decltype(auto) { return std::invoke(f, first[static_cast<Offset>(i)]); }, options,
      where);
}

}  // namespace cohort
