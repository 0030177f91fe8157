#include <cohort/core/detail/waiting.hpp>
#include <cohort/p2p/probe.hpp>

#include <cstddef>
#include <memory>
#include <new>

namespace cohort::detail {

matched_message& matched_message::operator=(matched_message&& other) noexcept {
  if (this != &other) {
    discard();
    raw_ = std::exchange(other.raw_, MPI_MESSAGE_NULL);
    info_ = other.info_;
    state_ = std::move(other.state_);
  }
  return *this;
}

void matched_message::check_unreceived(const call_site& where) const {
  if (raw_ == MPI_MESSAGE_NULL) {
    throw_argument_error("message::recv", rank(), "the message was received already; receive it once", 0, where);
  }
}

void matched_message::discard() noexcept {
  if (raw_ == MPI_MESSAGE_NULL || !mpi_active()) return;
  // With room for all of it: cutting a large message short crashes Open MPI 4.1 where both ends are one process.
  // It may be longer than its status tells, by a record.
  const auto bytes = info_.bytes() + sizeof(type_record);
  const std::unique_ptr<std::byte[]> room{new (std::nothrow) std::byte[bytes]};
  const wire_count wire{room ? bytes : 0, MPI_BYTE};
  MPI_Mrecv(room.get(), wire.count(), wire.type(), &raw_, MPI_STATUS_IGNORE);
}

status probe(const comm_state& state, from where_from, const call_site& where) {
  check_source("probe", state, where_from.source, where_from.tag, where);
  status info;
  const wait_scope busy{state, "probe", wait_kind::receives, where_from.source, where_from.tag, where};
  check(MPI_Probe(where_from.source, where_from.tag, state.comm, info.native()), "MPI_Probe", state, where,
        where_from.source, where_from.tag);
  return info;
}

std::optional<status> iprobe(const comm_state& state, from where_from, const call_site& where) {
  check_source("iprobe", state, where_from.source, where_from.tag, where);
  status info;
  int found = 0;
  check(MPI_Iprobe(where_from.source, where_from.tag, state.comm, &found, info.native()), "MPI_Iprobe", state,
        where, where_from.source, where_from.tag);
  looked(state, "iprobe", where_from.source, where_from.tag, where, found != 0);
  if (found == 0) return std::nullopt;
  return info;
}

matched_message mprobe(const std::shared_ptr<comm_state>& state, from where_from, const call_site& where) {
  check_source("mprobe", *state, where_from.source, where_from.tag, where);
  status info;
  MPI_Message raw = MPI_MESSAGE_NULL;
  const wait_scope busy{*state, "mprobe", wait_kind::receives, where_from.source, where_from.tag, where};
  check(MPI_Mprobe(where_from.source, where_from.tag, state->comm, &raw, info.native()), "MPI_Mprobe", *state,
        where, where_from.source, where_from.tag);
  return {raw, info, state};
}

std::optional<matched_message> improbe(const std::shared_ptr<comm_state>& state, from where_from,
                                       const call_site& where) {
  check_source("improbe", *state, where_from.source, where_from.tag, where);
  status info;
  MPI_Message raw = MPI_MESSAGE_NULL;
  int found = 0;
  check(MPI_Improbe(where_from.source, where_from.tag, state->comm, &found, &raw, info.native()), "MPI_Improbe",
        *state, where, where_from.source, where_from.tag);
  looked(*state, "improbe", where_from.source, where_from.tag, where, found != 0);
  if (found == 0) return std::nullopt;
  return matched_message{raw, info, state};
}

}  // namespace cohort::detail
