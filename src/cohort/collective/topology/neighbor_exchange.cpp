#include <cohort/collective/topology/detail/neighbor_exchange.hpp>
#include <cohort/core/status.hpp>

namespace cohort::detail {
namespace {

constexpr int neighbor_tag = 0x7c0;

}  // namespace

neighbor_messages::neighbor_messages(const topology& over, comm_state& state, items<view> parts,
                                     const call_site& where)
    : over_{over}, state_{state}, where_{where} {
  const MPI_Comm shadow = state.shadow();
  const bool grid = neighbor_access::grid(over);
  const auto sources = over.sources();
  const auto destinations = over.destinations();
  leaving_.reserve(destinations.size());
  coming_.reserve(sources.size());
  bytes_.reserve(sources.size());
  // Both neighbours in a dimension may be one rank, so a grid's messages carry the place among its sources where
  // they belong: what goes towards one side comes from the other. Between two ranks of a graph, order tells them
  // apart.
  for (std::size_t i = 0; i != destinations.size(); ++i) {
    if (destinations[i] == MPI_PROC_NULL) continue;
    const int tag = neighbor_tag + (grid ? static_cast<int>(i ^ 1U) : 0);
    const wire_count wire{parts[i].count, parts[i].type};
    check(MPI_Isend(parts[i].data, wire.count(), wire.type(), destinations[i], tag, shadow,
                    &leaving_.emplace_back(MPI_REQUEST_NULL)),
          "MPI_Isend", state, where, destinations[i], tag, parts[i].count);
  }
  for (std::size_t i = 0; i != sources.size(); ++i) {
    coming_.push_back(MPI_MESSAGE_NULL);
    bytes_.push_back(0);
    if (sources[i] == MPI_PROC_NULL) continue;
    const int tag = neighbor_tag + (grid ? static_cast<int>(i) : 0);
    status info;
    check(MPI_Mprobe(sources[i], tag, shadow, &coming_.back(), info.native()), "MPI_Mprobe", state, where,
          sources[i], tag);
    bytes_.back() = info.bytes();
  }
}

neighbor_messages::~neighbor_messages() {
  for (auto& each : leaving_) {
    if (each != MPI_REQUEST_NULL) MPI_Request_free(&each);
  }
}

void neighbor_messages::take(std::size_t i, const view& place) {
  if (coming_[i] == MPI_MESSAGE_NULL) return;
  const wire_count wire{place.count, place.type};
  check(MPI_Mrecv(place.data, wire.count(), wire.type(), &coming_[i], MPI_STATUS_IGNORE), "MPI_Mrecv", state_,
        where_, over_.sources()[i], mpi_error::context::absent, place.count);
}

void neighbor_messages::finish() {
  if (leaving_.empty()) return;
  check(MPI_Waitall(static_cast<int>(leaving_.size()), leaving_.data(), MPI_STATUSES_IGNORE), "MPI_Waitall", state_,
        where_);
}

template gathered<std::byte> neighbor_exchange<std::byte>(const topology& over, comm_state& state,
                                                          items<view> parts, const char* routine,
                                                          const call_site& where);

}  // namespace cohort::detail
