#pragma once

#include <cohort/core/buffer.hpp>
#include <cohort/core/call_site.hpp>
#include <cohort/core/detail/comm_state.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/serial/pack.hpp>

#include <concepts>
#include <span>
#include <string>
#include <utility>

/// Reductions of what is one value but no plain one: maps, classes with serialize(), strings. Each partial result
/// is a message on the shadow communicator; the operation is called with values of neighbouring ranks, in their
/// order, so it need not be commutative.
namespace cohort::detail {

template <class T>
inline constexpr bool reduced_whole = shape_of<T> == shape::object || std::is_same_v<T, std::string>;

template <class Op, class T>
constexpr void require_combines() {
  static_assert(
      requires(const Op& op, const T& a, const T& b) {
        { op(a, b) } -> std::convertible_to<T>;
      },
      "cohort: this is reduced as one object, so its operation is called with two of them and returns one: "
      "op(const T&, const T&) -> T");
}

/// @{ Blocks as MPI_Send and MPI_Mprobe do.
void send_partial(comm_state& state, int dest, std::span<const std::byte> what, const call_site& where);
[[nodiscard]] buffer<std::byte> receive_partial(comm_state& state, int source, const call_site& where);
/// @}

template <class T>
void send_object(comm_state& state, int dest, const T& what, const call_site& where) {
  const auto packed = serial::pack(what);
  send_partial(state, dest, {packed.data(), packed.size()}, where);
}
template <class T>
[[nodiscard]] T receive_object(comm_state& state, int source, const char* routine, const call_site& where) {
  const auto packed = receive_partial(state, source, where);
  T object{};
  serial::unpack_received({packed.data(), packed.size()}, object, routine, state.rank, where);
  return object;
}

/// `mine` becomes the result on rank 0. A binomial tree: about log2(size) messages one after the other.
template <class T, class Op>
void reduce_to_first(comm_state& state, T& mine, const Op& op, const char* routine, const call_site& where) {
  for (int step = 1; step < state.size; step *= 2) {
    if ((state.rank & step) != 0) return send_object(state, state.rank - step, mine, where);
    if (state.rank + step >= state.size) continue;
    const auto above = receive_object<T>(state, state.rank + step, routine, where);
    mine = op(std::as_const(mine), above);
  }
}

/// `mine` becomes the combination of all ranks up to this one. Recursive doubling (Hillis and Steele 1986):
/// log2(size) rounds, in each a message from most ranks.
template <class T, class Op>
void scan_objects(comm_state& state, T& mine, const Op& op, const char* routine, const call_site& where) {
  for (int step = 1; step < state.size; step *= 2) {
    // Ranks whose bit `step` is set receive first: nobody waits for a message that waits for it.
    const bool sends = state.rank + step < state.size;
    const bool receives = state.rank >= step;
    const bool first = (state.rank / step) % 2 == 0;
    if (sends && first) send_object(state, state.rank + step, mine, where);
    if (receives) {
      const auto below = receive_object<T>(state, state.rank - step, routine, where);
      if (sends && !first) send_object(state, state.rank + step, mine, where);
      mine = op(below, std::as_const(mine));
    } else if (sends && !first) {
      send_object(state, state.rank + step, mine, where);
    }
  }
}

}  // namespace cohort::detail
