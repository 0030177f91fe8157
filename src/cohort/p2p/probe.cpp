#include <cohort/p2p/probe.hpp>

#include <cstddef>
#include <memory>
#include <new>

namespace cohort {

message& message::operator=(message&& other) noexcept {
  if (this != &other) {
    discard();
    raw_ = std::exchange(other.raw_, MPI_MESSAGE_NULL);
    info_ = other.info_;
    state_ = std::move(other.state_);
  }
  return *this;
}

void message::take(const detail::view& place, const call_site& where) {
  if (raw_ == MPI_MESSAGE_NULL) {
    detail::throw_argument_error("message::recv", state_ ? state_->rank : -1,
                                 "the message was received already; receive it once", 0, where);
  }
  const detail::wire_count wire{place.count, place.type};
  detail::check(MPI_Mrecv(place.data, wire.count(), wire.type(), &raw_, MPI_STATUS_IGNORE), "MPI_Mrecv", *state_,
                where, info_.source(), info_.tag(), place.count);
}

void message::discard() noexcept {
  if (raw_ == MPI_MESSAGE_NULL || !detail::mpi_active()) return;
  // With room for all of it: cutting a large message short crashes Open MPI 4.1 where both ends are one process.
  const std::unique_ptr<std::byte[]> room{new (std::nothrow) std::byte[info_.bytes()]};
  const detail::wire_count wire{room ? info_.bytes() : 0, MPI_BYTE};
  MPI_Mrecv(room.get(), wire.count(), wire.type(), &raw_, MPI_STATUS_IGNORE);
}

status p2p_operations::probe(from where_from, call_site where) const {
  const auto& state = detail::access::state(*this, "probe", where);
  detail::check_source("probe", state, where_from.source, where_from.tag, where);
  status info;
  detail::check(MPI_Probe(where_from.source, where_from.tag, state.comm, info.native()), "MPI_Probe", state, where,
                where_from.source, where_from.tag);
  return info;
}

std::optional<status> p2p_operations::iprobe(from where_from, call_site where) const {
  const auto& state = detail::access::state(*this, "iprobe", where);
  detail::check_source("iprobe", state, where_from.source, where_from.tag, where);
  status info;
  int found = 0;
  detail::check(MPI_Iprobe(where_from.source, where_from.tag, state.comm, &found, info.native()), "MPI_Iprobe",
                state, where, where_from.source, where_from.tag);
  if (found == 0) return std::nullopt;
  return info;
}

message p2p_operations::mprobe(from where_from, call_site where) const {
  const auto& state = detail::access::state(*this, "mprobe", where);
  detail::check_source("mprobe", state, where_from.source, where_from.tag, where);
  status info;
  MPI_Message raw = MPI_MESSAGE_NULL;
  detail::check(MPI_Mprobe(where_from.source, where_from.tag, state.comm, &raw, info.native()), "MPI_Mprobe", state,
                where, where_from.source, where_from.tag);
  return {raw, info, detail::access::shared(*this)};
}

std::optional<message> p2p_operations::improbe(from where_from, call_site where) const {
  const auto& state = detail::access::state(*this, "improbe", where);
  detail::check_source("improbe", state, where_from.source, where_from.tag, where);
  status info;
  MPI_Message raw = MPI_MESSAGE_NULL;
  int found = 0;
  detail::check(MPI_Improbe(where_from.source, where_from.tag, state.comm, &found, &raw, info.native()),
                "MPI_Improbe", state, where, where_from.source, where_from.tag);
  if (found == 0) return std::nullopt;
  return message{raw, info, detail::access::shared(*this)};
}

}  // namespace cohort
