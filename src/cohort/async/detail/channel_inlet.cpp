#include <cohort/async/detail/channel_inlet.hpp>
#include <cohort/core/detail/comm_state.hpp>
#include <cohort/core/detail/loss.hpp>
#include <cohort/core/finalize_hook.hpp>
#include <cohort/p2p/recv.hpp>

#include <cstdint>
#include <cstring>
#include <new>
#include <span>

namespace cohort::detail {

namespace {
void check_call(int code, const char* routine, const communicator& comm) {
  if (code != MPI_SUCCESS) [[unlikely]]
    throw_mpi_error(code, {.routine = routine, .rank = comm.rank(), .where = call_site::current()});
}
}  // namespace

channel_inlet::channel_inlet(const communicator& comm, const communicator& longs, std::size_t longest,
                             std::size_t places)
    : comm_{comm},
      longs_{longs},
      longest_{longest},
      memory_(places * longest),
      receives_(places, MPI_REQUEST_NULL) {
  for (std::size_t i = 0; i != places; ++i) {
    check_call(MPI_Recv_init(place(i), static_cast<int>(longest_), MPI_BYTE, MPI_ANY_SOURCE, MPI_ANY_TAG,
                             comm_.native(), &receives_[i]),
               "MPI_Recv_init", comm_);
    check_call(MPI_Start(&receives_[i]), "MPI_Start", comm_);
  }
}

channel_inlet::~channel_inlet() {
  if (!mpi_active()) {
    if (mpi_begun()) [[maybe_unused]]  // a rank is lost, and MPI may still write there
      auto* lost = new (std::nothrow) std::vector<std::byte>(std::move(memory_));
    return;
  }
  for (std::size_t i = 0; i != receives_.size(); ++i) {
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
  int done = 0;
  check_call(MPI_Test(&receives_[oldest_], &done, info_.native()), "MPI_Test", comm_);
  holds_ = done != 0;
  return holds_;
}

std::size_t channel_inlet::bytes() const noexcept {
  if (tag() != long_item_tag) return info_.bytes();
  std::uint64_t length = 0;
  std::memcpy(&length, place(oldest_), sizeof length);
  return length;
}

void channel_inlet::read(void* to, std::size_t bytes) {
  if (tag() == long_item_tag) {
    (void)longs_.recv_into(std::span{static_cast<std::byte*>(to), bytes},
                           {.source = source(), .tag = long_item_tag});
  } else if (bytes != 0) {
    std::memcpy(to, place(oldest_), bytes);
  }
  holds_ = false;
  check_call(MPI_Start(&receives_[oldest_]), "MPI_Start", comm_);
  if (++oldest_ == receives_.size()) oldest_ = 0;
}

}  // namespace cohort::detail
