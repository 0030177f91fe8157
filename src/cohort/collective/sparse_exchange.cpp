#include <cohort/collective/detail/sparse_exchange.hpp>
#include <cohort/core/detail/wire_count.hpp>
#include <cohort/core/status.hpp>

#include <algorithm>
#include <cstring>
#include <thread>

namespace cohort::detail {
namespace {

constexpr int first_tag = 0x5a0;  // others that send on the shadow use other tags
constexpr int patience = 64;      // looks in vain before the core is offered to somebody else

/// The sends under way. Those that are not complete when an exception ends the exchange are let go.
class sends {
 public:
  explicit sends(std::size_t n) { raw_.reserve(n); }
  sends(const sends&) = delete;
  sends& operator=(const sends&) = delete;
  ~sends() {
    for (auto& each : raw_) {
      if (each != MPI_REQUEST_NULL) MPI_Request_free(&each);
    }
  }
  MPI_Request& add() { return raw_.emplace_back(MPI_REQUEST_NULL); }
  [[nodiscard]] bool complete(const comm_state& state, const call_site& where) {
    if (raw_.empty()) return true;
    int done = 0;
    check(MPI_Testall(static_cast<int>(raw_.size()), raw_.data(), &done, MPI_STATUSES_IGNORE), "MPI_Testall", state,
          where);
    return done != 0;
  }

 private:
  std::vector<MPI_Request> raw_;
};

}  // namespace

void check_parcels(const comm_state& state, items<parcel> parcels, const call_site& where) {
  std::vector<int> seen;
  seen.reserve(parcels.size());
  for (const auto& each : parcels) {
    if (each.dest < 0 || each.dest >= state.size) bad_dest("sparse_alltoall", state, each.dest, where);
    seen.push_back(each.dest);
  }
  if (!std::is_sorted(seen.begin(), seen.end())) std::sort(seen.begin(), seen.end());
  if (const auto twice = std::adjacent_find(seen.begin(), seen.end()); twice != seen.end()) {
    throw_argument_error("sparse_alltoall", state.rank,
                         "destination {} is named twice (a rank gets one message from each); join the two", *twice,
                         where);
  }
}

void sparse_exchange(comm_state& state, items<parcel> parcels,
                     const std::function<view(int source, std::size_t bytes)>& room, const call_site& where) {
  const MPI_Comm shadow = state.shadow();
  const int tag = first_tag + static_cast<int>(state.next_sparse_exchange() % 2);
  sends leaving{parcels.size()};
  const parcel* own = nullptr;
  for (const auto& each : parcels) {
    if (each.dest == state.rank) {
      own = &each;
      continue;
    }
    const wire_count wire{each.what.count, each.what.type};
    check(MPI_Issend(each.what.data, wire.count(), wire.type(), each.dest, tag, shadow, &leaving.add()),
          "MPI_Issend", state, where, each.dest, tag, each.what.count);
  }
  if (own != nullptr) {
    const auto place = room(state.rank, own->bytes);
    if (own->bytes != 0) std::memcpy(place.data, own->what.data, own->bytes);
  }
  MPI_Request barrier = MPI_REQUEST_NULL;
  for (int in_vain = 0;;) {
    int found = 0;
    MPI_Message message = MPI_MESSAGE_NULL;
    status info;
    check(MPI_Improbe(MPI_ANY_SOURCE, tag, shadow, &found, &message, info.native()), "MPI_Improbe", state, where);
    if (found != 0) {
      in_vain = 0;
      const auto place = room(info.source(), info.bytes());
      const wire_count wire{place.count, place.type};
      check(MPI_Mrecv(place.data, wire.count(), wire.type(), &message, MPI_STATUS_IGNORE), "MPI_Mrecv", state,
            where, info.source(), tag, place.count);
      continue;
    }
    if (barrier == MPI_REQUEST_NULL) {
      if (leaving.complete(state, where)) check(MPI_Ibarrier(shadow, &barrier), "MPI_Ibarrier", state, where);
    } else {
      int done = 0;
      check(MPI_Test(&barrier, &done, MPI_STATUS_IGNORE), "MPI_Test", state, where);
      if (done != 0) return;
    }
    if (++in_vain > patience) std::this_thread::yield();
  }
}

std::map<int, buffer<std::byte>> sparse_exchange(comm_state& state, items<parcel> parcels, const call_site& where) {
  std::map<int, buffer<std::byte>> came;
  sparse_exchange(
      state, parcels,
      [&](int source, std::size_t bytes) {
        return view_of(came.emplace(source, buffer<std::byte>(bytes)).first->second);
      },
      where);
  return came;
}

}  // namespace cohort::detail
