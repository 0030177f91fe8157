#pragma once

#include <cohort/core/buffer.hpp>
#include <cohort/core/detail/comm_state.hpp>
#include <cohort/core/detail/items.hpp>
#include <cohort/core/detail/payload.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <vector>

namespace cohort::detail {

/// One message of a sparse exchange, and its length in bytes.
struct parcel {
  int dest;
  view what;
  std::size_t bytes;
};

/// Delivers each parcel to its destination and calls `room(source, bytes)` for each that comes here, for the memory
/// that it goes to. Collective; returns when every parcel of every rank is where it belongs. The parcels' memory
/// must stay until then. If it throws, sends that are not complete are let go: MPI may still read their memory.
///
/// This is NBX of T. Hoefler, C. Siebert, A. Lumsdaine, "Scalable communication protocols for dynamic sparse data
/// exchange" (PPoPP 2010): synchronous sends, which are complete when they have been matched; a non-blocking
/// barrier that each rank enters when its own are complete; and a look for messages until the barrier is complete.
///
/// A rank that has left the barrier may begin the next exchange while another one still looks for messages of this
/// one. So exchanges take turns with two tags. Two are enough: nobody can leave the next barrier, and begin the
/// exchange after the next, before all have left this one.
void sparse_exchange(comm_state& state, items<parcel> parcels,
                     const std::function<view(int source, std::size_t bytes)>& room, const call_site& where);

/// The same, into memory of their own: the bytes that come, by their source.
[[nodiscard]] std::map<int, buffer<std::byte>> sparse_exchange(comm_state& state, items<parcel> parcels,
                                                               const call_site& where);

/// Throws argument_error if a destination does not exist or is named twice.
void check_parcels(const comm_state& state, items<parcel> parcels, const call_site& where);

}  // namespace cohort::detail
