#include <cohort/core/detail/wire_count.hpp>
#include <cohort/memory/detail/rma.hpp>

#include <cstring>

namespace cohort::detail {
namespace {

std::byte* here(const win_state& win, const rma_place& at) {
  return win.base + at.displacement;
}

void copy(void* into, const void* from, std::size_t bytes) {
  if (bytes != 0) std::memmove(into, from, bytes);
}

/// An update of this rank's own memory, where there is no MPI window.
void combine(const win_state& win, const rma_data& operand, MPI_Op op, const rma_place& at,
             const call_site& where) {
  if (op == MPI_NO_OP) return;
  if (op == MPI_REPLACE) return copy(here(win, at), operand.data, operand.bytes);
  const wire_count wire{operand.count, operand.type};
  win.check(MPI_Reduce_local(operand.data, here(win, at), wire.count(), wire.type(), op), "MPI_Reduce_local", where,
            at.target, operand.count);
}

}  // namespace

void rma_put(const win_state& win, const rma_data& from, const rma_place& at, const call_site& where) {
  if (win.alone()) return copy(here(win, at), from.data, from.bytes);
  const wire_count wire{from.count, from.type};
  win.check(
      MPI_Put(from.data, wire.count(), wire.type(), at.target, at.displacement, wire.count(), wire.type(), win.win),
      "MPI_Put", where, at.target, from.count);
}

void rma_get(const win_state& win, const rma_data& into, const rma_place& at, const call_site& where) {
  if (win.alone()) return copy(into.data, here(win, at), into.bytes);
  const wire_count wire{into.count, into.type};
  win.check(
      MPI_Get(into.data, wire.count(), wire.type(), at.target, at.displacement, wire.count(), wire.type(), win.win),
      "MPI_Get", where, at.target, into.count);
}

void rma_accumulate(const win_state& win, const rma_data& operand, MPI_Op op, const rma_place& at,
                    const call_site& where) {
  if (win.alone()) return combine(win, operand, op, at, where);
  const wire_count wire{operand.count, operand.type};
  win.check(MPI_Accumulate(operand.data, wire.count(), wire.type(), at.target, at.displacement, wire.count(),
                           wire.type(), op, win.win),
            "MPI_Accumulate", where, at.target, operand.count);
}

void rma_get_accumulate(const win_state& win, const rma_data& operand, const rma_data& before, MPI_Op op,
                        const rma_place& at, const call_site& where) {
  if (win.alone()) {
    copy(before.data, here(win, at), before.bytes);
    return combine(win, operand, op, at, where);
  }
  const wire_count wire{operand.count, operand.type};
  win.check(MPI_Get_accumulate(operand.data, wire.count(), wire.type(), before.data, wire.count(), wire.type(),
                               at.target, at.displacement, wire.count(), wire.type(), op, win.win),
            "MPI_Get_accumulate", where, at.target, operand.count);
}

void rma_fetch_and_op(const win_state& win, const rma_data& operand, void* before, MPI_Op op, const rma_place& at,
                      const call_site& where) {
  if (win.alone()) {
    copy(before, here(win, at), operand.bytes);
    return combine(win, operand, op, at, where);
  }
  win.check(MPI_Fetch_and_op(operand.data, before, operand.type, at.target, at.displacement, op, win.win),
            "MPI_Fetch_and_op", where, at.target, 1);
}

void rma_compare_and_swap(const win_state& win, const rma_data& desired, const void* expected, void* before,
                          const rma_place& at, const call_site& where) {
  if (win.alone()) {
    copy(before, here(win, at), desired.bytes);
    if (std::memcmp(before, expected, desired.bytes) == 0) copy(here(win, at), desired.data, desired.bytes);
    return;
  }
  win.check(MPI_Compare_and_swap(desired.data, expected, before, desired.type, at.target, at.displacement, win.win),
            "MPI_Compare_and_swap", where, at.target, 1);
}

request<void> rma_rput(const win_state& win, const rma_data& from, const rma_place& at, const call_site& where) {
  if (win.alone()) {
    copy(here(win, at), from.data, from.bytes);
    return {};
  }
  const wire_count wire{from.count, from.type};
  MPI_Request raw = MPI_REQUEST_NULL;
  win.check(MPI_Rput(from.data, wire.count(), wire.type(), at.target, at.displacement, wire.count(), wire.type(),
                     win.win, &raw),
            "MPI_Rput", where, at.target, from.count);
  return request<void>{pending{raw, {"MPI_Rput", win.rank, at.target, mpi_error::context::absent, where, false}}};
}

request<void> rma_rget(const win_state& win, const rma_data& into, const rma_place& at, const call_site& where) {
  if (win.alone()) {
    copy(into.data, here(win, at), into.bytes);
    return {};
  }
  const wire_count wire{into.count, into.type};
  MPI_Request raw = MPI_REQUEST_NULL;
  win.check(MPI_Rget(into.data, wire.count(), wire.type(), at.target, at.displacement, wire.count(), wire.type(),
                     win.win, &raw),
            "MPI_Rget", where, at.target, into.count);
  return request<void>{pending{raw, {"MPI_Rget", win.rank, at.target, mpi_error::context::absent, where, false}}};
}

}  // namespace cohort::detail
