#pragma once

#include <cohort/collective/detail/layout.hpp>
#include <cohort/collective/topology/neighbor_allgather.hpp>
#include <cohort/core/detail/placed_types.hpp>

namespace cohort {
namespace detail {

/// Elements per neighbour when `n` are cut into equal blocks for `neighbors`.
[[nodiscard]] inline std::size_t neighbor_block(const char* routine, const comm_state& state, std::size_t n,
                                                std::size_t neighbors, const call_site& where) {
  if (neighbors == 0) {
    check_length(routine, state, n, 0, where);
    return 0;
  }
  if (n % neighbors != 0) {
    throw_argument_error(routine, state.rank,
                         "{} elements cannot be cut into equal blocks, one per neighbour; give a multiple of their "
                         "number",
                         static_cast<long long>(n), where);
  }
  return n / neighbors;
}

/// Blocks as MPI_Neighbor_alltoallw takes them: of any length, each with a type of its own, any number of bytes
/// away. What neighbours know of each other is one block, so nobody could tell them when MPI_Neighbor_alltoallv,
/// which costs the same, is too narrow.
template <class Element>
class neighbor_blocks {
 public:
  neighbor_blocks(const comm_state& state, counts_view elements, std::size_t limit, const call_site& where)
      : offsets_(elements.size()), types_(elements.size()), counts_(elements.size()) {
    using Type = datatype<Element>;
    std::size_t at = 0;
    for (std::size_t i = 0; i != elements.size(); ++i) {
      const auto units = elements[i] * Type::per_element;
      const bool large = units > limit;
      offsets_[i] = static_cast<MPI_Aint>(at * sizeof(Element));
      counts_[i] = large ? 1 : static_cast<int>(units);
      types_[i] = large ? large_.add(units, Type::type(), 0, state, where) : Type::type();
      at += elements[i];
    }
  }
  [[nodiscard]] const int* counts() const noexcept { return counts_.data(); }
  [[nodiscard]] const MPI_Aint* offsets() const noexcept { return offsets_.data(); }
  [[nodiscard]] const MPI_Datatype* types() const noexcept { return types_.data(); }

 private:
  buffer<MPI_Aint> offsets_;
  buffer<MPI_Datatype> types_;
  buffer<int> counts_;
  placed_types large_;
};

template <class Element>
void exchange_with_neighbors(const comm_state& state, const void* whole, counts_view counts, void* all,
                             counts_view counts_of_all, const call_site& where, std::size_t limit = int_limit) {
  const neighbor_blocks<Element> out{state, counts, limit, where};
  const neighbor_blocks<Element> in{state, counts_of_all, limit, where};
  check(MPI_Neighbor_alltoallw(never_null(const_cast<void*>(whole)), out.counts(), out.offsets(), out.types(),
                               never_null(all), in.counts(), in.offsets(), in.types(), state.comm),
        "MPI_Neighbor_alltoallw", state, where);
}

}  // namespace detail

template <class Range, class All, int Level>
void topology::neighbor_alltoall_into(const Range& whole, All&& all, call_site where) const {
  using Element = detail::element_t<Range>;
  static_assert(plain_range<const Range>,
                "cohort: neighbor_alltoall_into takes plain elements; neighbor_alltoall takes serialised ones");
  static_assert(std::is_same_v<Element, detail::element_t<std::remove_cvref_t<All>>>,
                "cohort: both ranges must hold the same element type");
  using Type = datatype<Element>;
  constexpr auto routine = "neighbor_alltoall_into";
  auto& state = detail::access::state(*this, routine, where);
  const auto busy = detail::agree<Level, Element>(state, "neighbor_alltoall", where);
  const auto out = detail::neighbor_block(routine, state, std::ranges::size(whole), destinations_.size(), where);
  const auto in = detail::neighbor_block(routine, state, std::ranges::size(all), sources_.size(), where);
  if (!destinations_.empty() && !sources_.empty()) detail::check_length(routine, state, in, out, where);
  // Open MPI wants the two counts alike, even on a side that has no neighbours.
  const detail::wire_count wire{std::max(in, out) * Type::per_element, Type::type()};
  detail::check(
      MPI_Neighbor_alltoall(detail::never_null(detail::view_of(whole).data), wire.count(), wire.type(),
                            detail::never_null(detail::room_of(all).data), wire.count(), wire.type(), state.comm),
      "MPI_Neighbor_alltoall", state, where, mpi_error::context::absent, mpi_error::context::absent, out);
}

template <class Range, int Level>
auto topology::neighbor_alltoall(const Range& parts, call_site where) const {
  static_assert(std::ranges::forward_range<const Range> && std::ranges::sized_range<const Range>,
                "cohort: neighbor_alltoall takes one element per destination, such as std::vector<double>");
  using Element = std::ranges::range_value_t<const Range>;
  auto& state = detail::access::state(*this, "neighbor_alltoall", where);
  constexpr int agreed = plain_range<const Range> ? 0 : Level;  // there, by the form that it calls
  const auto busy = detail::agree<agreed, Element>(state, "neighbor_alltoall", where);
  detail::check_length("neighbor_alltoall", state, std::ranges::size(parts), destinations_.size(), where);
  if constexpr (plain_range<const Range>) {
    buffer<Element> all(sources_.size());
    for (std::size_t i = 0; i != sources_.size(); ++i) {
      if (sources_[i] == proc_null) all[i] = Element{};
    }
    neighbor_alltoall_into<Range, buffer<Element>&, Level>(parts, all, where);
    return all;
  } else {
    static_assert(!detail::is_view<Element>, "cohort: a view owns no memory to receive into; send owning objects");
    std::vector<buffer<std::byte>> packed;
    std::vector<detail::view> views;
    packed.reserve(std::ranges::size(parts));
    for (const auto& each : parts) views.push_back(detail::view_of(packed.emplace_back(serial::pack(each))));
    return detail::unpack_neighbors<Element>(
        *this, detail::neighbor_exchange<std::byte>(*this, state, views, "neighbor_alltoall", where));
  }
}

template <class Range, int Level>
auto topology::neighbor_alltoallv(const Range& whole, counts_view counts, call_site where) const {
  static_assert(plain_range<const Range>,
                "cohort: neighbor_alltoallv takes plain elements; neighbor_alltoall takes serialised ones");
  using Element = detail::element_t<Range>;
  using Type = datatype<Element>;
  auto& state = detail::access::state(*this, "neighbor_alltoallv", where);
  const auto busy = detail::agree<Level, Element>(state, "neighbor_alltoallv", where);
  detail::check_neighbor_counts("neighbor_alltoallv", state, destinations_.size(), counts, std::ranges::size(whole),
                                where);
  std::vector<detail::view> views;
  views.reserve(counts.size());
  const Element* at = std::ranges::data(whole);
  for (std::size_t i = 0; i != counts.size(); ++i) {
    views.push_back({const_cast<Element*>(at), counts[i] * Type::per_element, Type::type()});
    at += counts[i];
  }
  return detail::neighbor_exchange<Element>(*this, state, views, "neighbor_alltoallv", where);
}

template <class Range, class All, int Level>
void topology::neighbor_alltoallv_into(const Range& whole, counts_view counts, All&& all, counts_view counts_of_all,
                                       call_site where) const {
  using Element = detail::element_t<Range>;
  static_assert(std::is_same_v<Element, detail::element_t<std::remove_cvref_t<All>>>,
                "cohort: both ranges must hold the same element type");
  constexpr auto routine = "neighbor_alltoallv_into";
  auto& state = detail::access::state(*this, routine, where);
  const auto busy = detail::agree<Level, Element>(state, "neighbor_alltoallv_into", where);
  detail::check_neighbor_counts(routine, state, destinations_.size(), counts, std::ranges::size(whole), where);
  detail::check_neighbor_counts(routine, state, sources_.size(), counts_of_all, std::ranges::size(all), where);
  detail::exchange_with_neighbors<Element>(state, detail::view_of(whole).data, counts, detail::room_of(all).data,
                                           counts_of_all, where);
}

}  // namespace cohort
