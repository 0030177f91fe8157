#include <cohort/collective/detail/object_reduction.hpp>
#include <cohort/core/detail/wire_count.hpp>
#include <cohort/core/status.hpp>

namespace cohort::detail {

namespace {
constexpr int partial_tag = 0x7c0;  // others that send on the shadow use other tags
}

void send_partial(comm_state& state, int dest, std::span<const std::byte> what, const call_site& where) {
  const wire_count wire{what.size(), MPI_BYTE};
  check(MPI_Send(what.data(), wire.count(), wire.type(), dest, partial_tag, state.shadow()), "MPI_Send", state,
        where, dest, partial_tag, what.size());
}

buffer<std::byte> receive_partial(comm_state& state, int source, const call_site& where) {
  MPI_Message message = MPI_MESSAGE_NULL;
  status info;
  check(MPI_Mprobe(source, partial_tag, state.shadow(), &message, info.native()), "MPI_Mprobe", state, where,
        source, partial_tag);
  buffer<std::byte> what(info.bytes());
  const wire_count wire{what.size(), MPI_BYTE};
  check(MPI_Mrecv(what.data(), wire.count(), wire.type(), &message, MPI_STATUS_IGNORE), "MPI_Mrecv", state, where,
        source, partial_tag, what.size());
  return what;
}

}  // namespace cohort::detail
