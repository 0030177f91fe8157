#include <cohort/async/detail/channel_inlet.hpp>
#include <cohort/core/detail/comm_state.hpp>
#include <cohort/core/finalize_hook.hpp>
#include <cohort/p2p/probe.hpp>

#include <utility>

namespace cohort::detail {

namespace {
void check_call(int code, const char* routine, const communicator& comm) {
  if (code != MPI_SUCCESS)
    throw_mpi_error(code, {.routine = routine, .rank = comm.rank(), .where = call_site::current()});
}
}  // namespace

channel_inlet::channel_inlet(const communicator& comm, std::size_t longest, handler handle)
    : comm_{comm}, longest_{longest}, handle_{std::move(handle)}, memory_(places * longest) {
  receives_.fill(MPI_REQUEST_NULL);
  if (longest_ == 0) return;
  for (std::size_t i = 0; i != places; ++i) {
    check_call(MPI_Recv_init(place(i).data(), static_cast<int>(longest_), MPI_BYTE, MPI_ANY_SOURCE, MPI_ANY_TAG,
                             comm_.native(), &receives_[i]),
               "MPI_Recv_init", comm_);
    check_call(MPI_Start(&receives_[i]), "MPI_Start", comm_);
  }
}

channel_inlet::~channel_inlet() {
  if (!mpi_active()) return;
  for (auto& one : receives_) {
    if (one == MPI_REQUEST_NULL) continue;
    MPI_Cancel(&one);
    MPI_Wait(&one, MPI_STATUS_IGNORE);
    MPI_Request_free(&one);
  }
}

bool channel_inlet::poll() {
  bool any = false;
  for (std::size_t n = 0; n != places; ++n) {
    if (longest_ == 0) {
      auto found = comm_.improbe();
      if (!found) break;
      buffer<std::byte> data(found->info().bytes());
      found->recv_into(data);
      handle_(found->source(), found->tag(), std::move(data));
    } else {
      auto& one = receives_[oldest_];
      int done = 0;
      MPI_Status info;
      check_call(MPI_Test(&one, &done, &info), "MPI_Test", comm_);
      if (done == 0) break;
      int count = 0;
      MPI_Get_count(&info, MPI_BYTE, &count);
      handle_(info.MPI_SOURCE, info.MPI_TAG,
              std::span<const std::byte>{place(oldest_).data(), static_cast<std::size_t>(count)});
      check_call(MPI_Start(&one), "MPI_Start", comm_);
      oldest_ = (oldest_ + 1) % places;
    }
    any = true;
  }
  return any;
}

}  // namespace cohort::detail
