#include <cohort/async/detail/channel_inlet.hpp>
#include <cohort/core/detail/comm_state.hpp>
#include <cohort/core/finalize_hook.hpp>

#include <cstring>
#include <span>

namespace cohort::detail {

namespace {
void check_call(int code, const char* routine, const communicator& comm) {
  if (code != MPI_SUCCESS) [[unlikely]]
    throw_mpi_error(code, {.routine = routine, .rank = comm.rank(), .where = call_site::current()});
}
}  // namespace

channel_inlet::channel_inlet(const communicator& comm, std::size_t longest)
    : comm_{comm}, longest_{longest}, memory_(places * longest) {
  receives_.fill(MPI_REQUEST_NULL);
  if (longest_ == 0) return;
  for (std::size_t i = 0; i != places; ++i) {
    check_call(MPI_Recv_init(place(i), static_cast<int>(longest_), MPI_BYTE, MPI_ANY_SOURCE, MPI_ANY_TAG,
                             comm_.native(), &receives_[i]),
               "MPI_Recv_init", comm_);
    check_call(MPI_Start(&receives_[i]), "MPI_Start", comm_);
  }
}

channel_inlet::~channel_inlet() {
  if (!mpi_active()) return;
  for (std::size_t i = 0; i != places; ++i) {
    auto& one = receives_[i];
    if (one == MPI_REQUEST_NULL) continue;
    if (!holds_ || i != oldest_) {
      MPI_Cancel(&one);
      MPI_Wait(&one, MPI_STATUS_IGNORE);
    }
    MPI_Request_free(&one);
  }
}

bool channel_inlet::next() {
  if (longest_ == 0) {
    message_ = comm_.improbe();
    if (!message_) return false;
    source_ = message_->source();
    tag_ = message_->tag();
  } else {
    int done = 0;
    MPI_Status info;
    check_call(MPI_Test(&receives_[oldest_], &done, &info), "MPI_Test", comm_);
    if (done == 0) return false;
    source_ = info.MPI_SOURCE;
    tag_ = info.MPI_TAG;
  }
  holds_ = true;
  return true;
}

void channel_inlet::read(void* to, std::size_t bytes) {
  holds_ = false;
  if (longest_ == 0) {
    message_->recv_into(std::span{static_cast<std::byte*>(to), bytes});
    message_.reset();
    return;
  }
  if (bytes != 0) std::memcpy(to, place(oldest_), bytes);
  check_call(MPI_Start(&receives_[oldest_]), "MPI_Start", comm_);
  oldest_ = (oldest_ + 1) % places;
}

}  // namespace cohort::detail
