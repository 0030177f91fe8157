#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/reduction.hpp>
#include <cohort/collective/detail/reduction_tree.hpp>
#include <cohort/collective/scatterv.hpp>

#include <optional>

namespace cohort {
namespace detail {

/// This rank's part of a distributed sequence as the values of its nodes, and everybody's nodes.
template <class Element>
struct tree_parts {
  buffer<Element> mine;
  std::vector<int> counts;       ///< nodes of each rank
  std::vector<tree_node> nodes;  ///< of all ranks, in the order of the sequence
};

template <class Element, class Op>
tree_parts<Element> reduce_part(const comm_state& state, std::span<const Element> part, const Op& op,
                                const call_site& where) {
  const std::uint64_t length = part.size();
  buffer<std::uint64_t> lengths(static_cast<std::size_t>(state.size));
  check(MPI_Allgather(&length, 1, MPI_UINT64_T, lengths.data(), 1, MPI_UINT64_T, state.comm), "MPI_Allgather",
        state, where);
  tree_parts<Element> result;
  result.counts.reserve(lengths.size());
  std::uint64_t begin = 0;
  for (std::size_t r = 0; r != lengths.size(); ++r) {
    const auto nodes = nodes_of(begin, begin + lengths[r]);
    if (r == static_cast<std::size_t>(state.rank)) {
      result.mine = buffer<Element>(nodes.size());
      const Element* at = part.data();
      for (std::size_t i = 0; i != nodes.size(); ++i) {
        result.mine[i] = node_value(at, nodes[i].level, op);
        at += std::size_t{1} << nodes[i].level;
      }
    }
    result.counts.push_back(static_cast<int>(nodes.size()));
    result.nodes.insert(result.nodes.end(), nodes.begin(), nodes.end());
    begin += lengths[r];
  }
  return result;
}

template <class Element, class Op>
std::optional<Element> join_parts(const tree_parts<Element>& parts, const buffer<Element>& values, const Op& op) {
  if (values.empty()) return std::nullopt;
  tree_stack<Element, Op> stack{op};
  for (std::size_t i = 0; i != values.size(); ++i) stack.add(parts.nodes[i], values[i]);
  return stack.finish();
}

template <class Range, class Op>
constexpr void require_reproducible() {
  static_assert(plain_range<const Range>, "cohort: reproducible reductions take a range of plain elements");
  using Element = element_t<Range>;
  static_assert(std::is_invocable_r_v<Element, const Op&, const Element&, const Element&>,
                "cohort: the operation must combine two elements");
}

}  // namespace detail

template <class Range, class Op>
auto collective_operations::reproducible_reduce(const Range& part, const Op& op, rooted at, call_site where) const {
  detail::require_reproducible<Range, Op>();
  using Element = detail::element_t<Range>;
  using Type = datatype<Element>;
  auto& state = detail::access::state(*this, "reproducible_reduce", where);
  const auto busy = detail::agree<check_level, Element, Op>(state, "reproducible_reduce", where, {.root = at.root});
  detail::check_root("reproducible_reduce", state, at.root, where);
  const auto parts = detail::reduce_part(
      state, std::span<const Element>{std::ranges::data(part), std::ranges::size(part)}, op, where);
  const bool root = state.rank == at.root;
  buffer<Element> values(root ? parts.nodes.size() : 0);
  const detail::layout lie{root ? counts_view{parts.counts} : counts_view{}, Type::per_element};
  detail::check(
      MPI_Gatherv(parts.mine.data(), static_cast<int>(parts.mine.size() * Type::per_element), Type::type(),
                  values.data(), lie.counts.data(), lie.offsets.data(), Type::type(), at.root, state.comm),
      "MPI_Gatherv", state, where, at.root);
  return detail::join_parts(parts, values, op);
}

template <class Range, class Op>
auto collective_operations::reproducible_allreduce(const Range& part, const Op& op, call_site where) const {
  detail::require_reproducible<Range, Op>();
  using Element = detail::element_t<Range>;
  using Type = datatype<Element>;
  auto& state = detail::access::state(*this, "reproducible_allreduce", where);
  const auto busy = detail::agree<check_level, Element, Op>(state, "reproducible_allreduce", where);
  const auto parts = detail::reduce_part(
      state, std::span<const Element>{std::ranges::data(part), std::ranges::size(part)}, op, where);
  buffer<Element> values(parts.nodes.size());
  const detail::layout lie{parts.counts, Type::per_element};
  detail::check(
      MPI_Allgatherv(parts.mine.data(), static_cast<int>(parts.mine.size() * Type::per_element), Type::type(),
                     values.data(), lie.counts.data(), lie.offsets.data(), Type::type(), state.comm),
      "MPI_Allgatherv", state, where);
  return detail::join_parts(parts, values, op);
}

}  // namespace cohort
