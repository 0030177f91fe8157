#include <cohort/core/detail/waiting.hpp>
#include <cohort/memory/detail/win_state.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <cstring>
#include <string>

namespace cohort::detail {
namespace {

std::string place(const char* routine, int rank, const call_site& where) {
  return fmt::format("{} on rank {} (called at {}:{})", routine, rank, where.file, where.line);
}

const char* name(access_kind kind) {
  switch (kind) {
    case access_kind::fence:
      return "fence_epoch()";
    case access_kind::lock:
      return "lock()";
    case access_kind::lock_all:
      return "lock_all()";
    case access_kind::start:
      return "start()";
    default:
      return "no epoch";
  }
}

}  // namespace

together<win_state> win_state::allocate(const communicator& comm, std::size_t n, element type,
                                        const call_site& where) {
  const auto& group = access::state(comm, "window", where);
  const wait_scope busy{group, "window", where};
  together<win_state> made{new win_state{type}};
  // Open MPI 4.1.4 aligns the memory of its windows to 8 bytes, and not to 16 as malloc does.
  const std::size_t room = n * type.size + (type.alignment > 8 ? type.alignment : 0);
  void* memory = nullptr;
  detail::check(MPI_Win_allocate(static_cast<MPI_Aint>(room), 1, MPI_INFO_NULL, group.comm, &memory, &made->win),
                "MPI_Win_allocate", group, where, mpi_error::context::absent, mpi_error::context::absent, n);
  if (room != 0) std::memset(memory, 0, room);
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  const std::size_t skip = room == 0 ? 0 : (type.alignment - address % type.alignment) % type.alignment;
  if (n != 0) made->base = static_cast<std::byte*>(memory) + skip;
  made->learn_parts(group, n, skip, where);
  return made;
}

together<win_state> win_state::create(const communicator& comm, void* memory, std::size_t n, element type,
                                      const call_site& where) {
  const auto& group = access::state(comm, "window", where);
  const wait_scope busy{group, "window", where};
  together<win_state> made{new win_state{type}};
  made->base = static_cast<std::byte*>(memory);
  if (group.size == 1) {
    made->alone_ = true;
  } else {
    detail::check(
        MPI_Win_create(memory, static_cast<MPI_Aint>(n * type.size), 1, MPI_INFO_NULL, group.comm, &made->win),
        "MPI_Win_create", group, where, mpi_error::context::absent, mpi_error::context::absent, n);
  }
  made->learn_parts(group, n, 0, where);
  return made;
}

void win_state::learn_parts(const comm_state& comm, std::size_t n, std::size_t skip, const call_site& where) {
  rank = comm.rank;
  size = comm.size;
  parts_.resize(static_cast<std::size_t>(size));
  if (alone_) {
    parts_.front() = {n, skip};
    return;
  }
  MPI_Win_set_errhandler(win, MPI_ERRORS_RETURN);
  const part mine{n, skip};
  detail::check(MPI_Allgather(&mine, sizeof mine, MPI_BYTE, parts_.data(), sizeof mine, MPI_BYTE, comm.comm),
                "MPI_Allgather", comm, where);
}

win_state::~win_state() {
  if (mpi_active()) free();
}

void win_state::release() noexcept {
  free();
  if (abandoned_) delete this;
}

void win_state::free() noexcept {
  alone_ = false;
  if (win == MPI_WIN_NULL) return;
  if (open_ == access_kind::lock_all) MPI_Win_unlock_all(win);
  MPI_Win_free(&win);
  win = MPI_WIN_NULL;
}

bool win_state::abandon() noexcept {
  if (!mpi_active()) return false;
  abandoned_ = true;
  return true;
}

void win_state::open(access_kind kind, const char* routine, const call_site& where) {
  if (open_ != access_kind::none && !(open_ == access_kind::lock && kind == access_kind::lock)) {
    throw argument_error{
        fmt::format("{}: the epoch of {} is open (a window has one access epoch at a time on a "
                    "rank, or several locks of single ranks); close it first",
                    place(routine, rank, where), name(open_))};
  }
  open_ = kind;
  ++locks_;
}

void win_state::close() noexcept {
  if (--locks_ == 0) open_ = access_kind::none;
}

void win_state::open_exposure(const char* routine, const call_site& where) {
  if (exposed_) {
    throw argument_error{
        fmt::format("{}: the exposure of an earlier post() is not over (a rank has one at a time); "
                    "close it first",
                    place(routine, rank, where))};
  }
  exposed_ = true;
}

void win_state::bad_target(const char* routine, int target, const call_site& where) const {
  if (target == unset) {
    throw argument_error{fmt::format("{}: no target (it has no default here); give {{.target = rank}}",
                                     place(routine, rank, where))};
  }
  throw argument_error{fmt::format("{}: target {} does not exist (the window has {} ranks); use 0 to {}",
                                   place(routine, rank, where), target, size, size - 1)};
}

void win_state::bad_elements(const char* routine, const remote& there, std::size_t n,
                             const call_site& where) const {
  throw argument_error{
      fmt::format("{}: {} elements from offset {} are not all in the window of rank {} (it has {} "
                  "elements); stay inside size({})",
                  place(routine, rank, where), n, there.offset, there.target, length(there.target), there.target)};
}

win_state& living(const together<win_state>& state, const char* routine, const call_site& where) {
  if (!state) {
    throw argument_error{
        fmt::format("{} (called at {}:{}): the window is empty (default-constructed or moved "
                    "from); make one over a communicator",
                    routine, where.file, where.line)};
  }
  if (state->win == MPI_WIN_NULL && !state->alone()) {
    throw argument_error{
        fmt::format("{} (called at {}:{}): the window was freed (MPI has ended); keep environment "
                    "alive longer",
                    routine, where.file, where.line)};
  }
  return *state;
}

}  // namespace cohort::detail
