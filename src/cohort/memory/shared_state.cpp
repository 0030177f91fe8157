#include <cohort/core/detail/waiting.hpp>
#include <cohort/core/detail/wire_count.hpp>
#include <cohort/memory/detail/shared_state.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <cstring>

namespace cohort::detail {

together<shared_state> shared_state::allocate(const communicator& whole, const communicator& ranks_here,
                                              std::size_t bytes, std::size_t alignment, const call_site& where) {
  const auto& all = access::state(whole, "shared_window", where);
  const auto& here = access::state(ranks_here, "shared_window", where);
  together<shared_state> made{new shared_state};
  made->node = ranks_here;
  made->rank = all.rank;
  made->leaders = whole.split(here.rank == 0 ? std::optional{0} : std::nullopt, all.rank, where);
  int leader = made->leaders ? made->leaders.rank() : 0;
  check(MPI_Bcast(&leader, 1, MPI_INT, 0, here.comm), "MPI_Bcast", here, where, 0);
  made->leader_of.resize(static_cast<std::size_t>(all.size));
  check(MPI_Allgather(&leader, 1, MPI_INT, made->leader_of.data(), 1, MPI_INT, all.comm), "MPI_Allgather", all,
        where);

  // Open MPI 4.1.4 aligns to 8 bytes. Every rank maps whole pages, so the first aligned byte is the same one for
  // all.
  const auto room = static_cast<MPI_Aint>(bytes + (alignment > 8 ? alignment : 0));
  void* memory = nullptr;
  check(MPI_Win_allocate_shared(here.rank == 0 ? room : 0, 1, MPI_INFO_NULL, here.comm, &memory, &made->win_),
        "MPI_Win_allocate_shared", here, where, mpi_error::context::absent, mpi_error::context::absent, bytes);
  MPI_Win_set_errhandler(made->win_, MPI_ERRORS_RETURN);
  MPI_Aint shared_room = 0;
  int unit = 0;
  check(MPI_Win_shared_query(made->win_, 0, &shared_room, &unit, &memory), "MPI_Win_shared_query", here, where, 0);
  check(MPI_Win_lock_all(MPI_MODE_NOCHECK, made->win_), "MPI_Win_lock_all", here, where);
  if (shared_room != room) {
    throw argument_error{
        fmt::format("shared_window on rank {} (called at {}:{}): this rank asked for {} bytes and the "
                    "node's first rank for {} (there is one array per node); give the same length",
                    made->rank, where.file, where.line, room, shared_room)};
  }
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  made->base = static_cast<std::byte*>(memory) + (room == 0 ? 0 : (alignment - address % alignment) % alignment);
  made->bytes = bytes;
  return made;
}

shared_state::~shared_state() {
  if (mpi_active()) free();
}

void shared_state::release() noexcept {
  free();
  if (abandoned_) delete this;
}

void shared_state::free() noexcept {
  if (win_ == MPI_WIN_NULL) return;
  MPI_Win_unlock_all(win_);
  MPI_Win_free(&win_);
  win_ = MPI_WIN_NULL;
}

bool shared_state::abandon() noexcept {
  if (!mpi_active()) return false;
  abandoned_ = true;
  return true;
}

void shared_state::sync(const call_site& where) const {
  check(MPI_Win_sync(win_), "MPI_Win_sync", access::state(node, "shared_window", where), where);
}

void shared_state::fence(const call_site& where) const {
  const auto& here = access::state(node, "shared_window", where);
  sync(where);
  const wait_scope busy{here, "shared_window", where};
  check(MPI_Barrier(here.comm), "MPI_Barrier", here, where);
  sync(where);
}

bool shared_state::tell_node(bool good, const call_site& where) const {
  const auto& here = access::state(node, "shared_window", where);
  sync(where);
  char told = good ? 1 : 0;
  check(MPI_Bcast(&told, 1, MPI_CHAR, 0, here.comm), "MPI_Bcast", here, where, 0);
  sync(where);
  return told != 0;
}

void shared_state::broadcast(const void* from, int root, const call_site& where) const {
  // No rank of the node reads any more; then the root writes its node's copy; then the leaders pass it on.
  fence(where);
  const int source = leader_of[static_cast<std::size_t>(root)];
  if (rank == root && bytes != 0) std::memcpy(base, from, bytes);
  fence(where);
  if (leaders) {
    const auto& between = access::state(leaders, "shared_window", where);
    if (between.size > 1) {
      const wire_count wire{bytes, MPI_BYTE};
      check(MPI_Bcast(base, wire.count(), wire.type(), source, between.comm), "MPI_Bcast", between, where, source,
            mpi_error::context::absent, bytes);
    }
  }
  fence(where);
}

void shared_state::usable(const char* routine, const call_site& where) const {
  if (win_ != MPI_WIN_NULL) return;
  throw argument_error{
      fmt::format("{} (called at {}:{}): the shared window was freed (MPI has ended); keep "
                  "environment alive longer",
                  routine, where.file, where.line)};
}

void shared_state::bad_length(const char* routine, std::size_t have, std::size_t want,
                              const call_site& where) const {
  detail::bad_length(routine, access::state(node, routine, where), have, want, where);
}

void shared_state::leader_failed(const call_site& where) const {
  throw error{
      fmt::format("fill_once on rank {} (called at {}:{}): the function failed on the first rank of this node "
                  "(which has its exception); do not use the contents",
                  rank, where.file, where.line)};
}

const shared_state& living(const together<shared_state>& state, const char* routine, const call_site& where) {
  if (!state) {
    throw argument_error{
        fmt::format("{} (called at {}:{}): the shared window is empty (default-constructed or moved "
                    "from); make one over a communicator",
                    routine, where.file, where.line)};
  }
  state->usable(routine, where);
  return *state;
}

std::size_t same_length(const communicator& comm, std::size_t mine, int root, const call_site& where) {
  const auto& group = access::state(comm, "shared_window::from", where);
  check_root("shared_window::from", group, root, where);
  std::uint64_t length = mine;
  check(MPI_Bcast(&length, 1, MPI_UINT64_T, root, group.comm), "MPI_Bcast", group, where, root);
  return static_cast<std::size_t>(length);
}

}  // namespace cohort::detail
