#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/datatype.hpp>
#include <cohort/core/detail/block.hpp>
#include <cohort/core/options.hpp>
#include <cohort/memory/detail/shared_state.hpp>

#include <cstddef>
#include <functional>
#include <span>

namespace cohort {

/// One array per node, which all ranks of the node see as their own memory: a large table is held once, not once
/// per rank.
///
///   cohort::shared_window<double> table{world, n};                            // collective
///   table.fill_once([](std::span<double> all) { read_from_disk(all); });      // one rank of each node
///   use(table.span());                                                        // every rank, plain loads
///
/// or, where one rank has the data: auto table = cohort::shared_window<double>::from(world, values, {.root = 0}).
///
/// Everything but span(), part() and the queries is collective. The elements are indeterminate until they are
/// filled. MPI does not order plain loads and stores: between a rank's writes and another's reads stands fence().
/// Memory belongs to the node's first rank (MPI_Win_allocate_shared). Destruction is collective and blocks until
/// the node's ranks come; while an exception unwinds the stack it is left to MPI_Finalize.
///
/// Open MPI 4.1.4 takes the memory from a file in its session directory (/tmp, or /dev/shm with
/// OMPI_MCA_osc_sm_backing_directory), which must have room for it, and aligns it to 8 bytes; ours is aligned for
/// T.
template <class T>
class shared_window {
  static_assert(plain<T> || detail::lies_in_bytes<T>,  // a std::atomic, say
                "cohort: a shared window holds plain elements, which other processes read as they lie in memory");

 public:
  /// Belongs to nobody; every operation throws until a real one is moved here.
  shared_window() noexcept = default;
  /// `n` elements on each node; the same `n` on all ranks of a node (argument_error otherwise). Collective: splits
  /// `comm` by node, allocates, and learns which rank is where (P integers).
  shared_window(const communicator& comm, std::size_t n, call_site where = call_site::current())
      : shared_window{comm, comm.split_shared(0, where), n, where} {}
  /// The same where `node`, a part of `comm` on one node, is known already.
  shared_window(const communicator& comm, const communicator& node, std::size_t n,
                call_site where = call_site::current())
      : state_{detail::shared_state::allocate(comm, node, n * sizeof(T), alignof(T), where)} {}

  /// As many elements as `data` on the root, and a copy of them on every node. `data` is ignored elsewhere.
  /// The length in one MPI_Bcast, then as bcast().
  static shared_window from(const communicator& comm, std::span<const T> data, rooted at = {},
                            call_site where = call_site::current()) {
    shared_window made{comm, detail::same_length(comm, data.size(), at.root, where), where};
    made.bcast(data, at, where);
    return made;
  }

  explicit operator bool() const noexcept { return state_ != nullptr; }
  [[nodiscard]] std::size_t size() const noexcept { return state_ ? state_->bytes / sizeof(T) : 0; }
  /// The ranks of this node. The first of them is its leader.
  [[nodiscard]] const communicator& node() const noexcept { return state_->node; }
  /// The leaders of all nodes; false on other ranks.
  [[nodiscard]] const communicator& leaders() const noexcept { return state_->leaders; }
  /// The node's array. The same memory on all its ranks.
  [[nodiscard]] std::span<T> span() const noexcept {
    return state_ ? std::span<T>{reinterpret_cast<T*>(state_->base), size()} : std::span<T>{};
  }
  /// This rank's share of it, in blocks that differ by one element at most: each rank can write its own, then
  /// fence().
  [[nodiscard]] std::span<T> part() const noexcept {
    if (!state_) return {};
    const auto mine =
        detail::block_of(size(), static_cast<std::size_t>(node().size()), static_cast<std::size_t>(node().rank()));
    return span().subspan(mine.offset, mine.count);
  }

  /// Calls fill(span()) on the leader of each node while the others wait. Collective over the node: MPI_Barrier,
  /// and an MPI_Bcast of one byte. If it throws, the leader gets the exception and the node's other ranks a
  /// cohort::error.
  template <std::invocable<std::span<T>> Fill>
  void fill_once(Fill&& fill, call_site where = call_site::current()) const {
    const auto& state = detail::living(state_, "fill_once", where);
    state.fence(where);
    if (state.node.rank() != 0) {
      if (!state.tell_node(true, where)) state.leader_failed(where);
      return;
    }
    try {
      std::invoke(std::forward<Fill>(fill), span());
    } catch (...) {
      (void)state.tell_node(false, where);
      throw;
    }
    (void)state.tell_node(true, where);
  }
  /// Copies the root's `data`, of size() elements, into every node's array. Collective: three MPI_Barrier of the
  /// node, and one MPI_Bcast among the leaders if there are several nodes.
  void bcast(std::span<const T> data, rooted at = {}, call_site where = call_site::current()) const {
    const auto& state = detail::living(state_, "bcast", where);
    if (static_cast<unsigned>(at.root) >= state.leader_of.size()) {
      detail::throw_argument_error(
          "bcast", state.rank, "root {} does not exist; use 0 to size() - 1 of the communicator", at.root, where);
    }
    if (state.rank == at.root && data.size() != size()) state.bad_length("bcast", data.size(), size(), where);
    state.broadcast(data.data(), at.root, where);
  }
  /// What any rank of the node wrote before is seen by all of them after. Collective over the node: MPI_Win_sync,
  /// MPI_Barrier, MPI_Win_sync.
  void fence(call_site where = call_site::current()) const { detail::living(state_, "fence", where).fence(where); }
  /// The memory fence alone, for programs that order their ranks by messages of their own. Not collective.
  void sync(call_site where = call_site::current()) const { detail::living(state_, "sync", where).sync(where); }

 private:
  detail::together<detail::shared_state> state_;
};

}  // namespace cohort
