#include <cohort/core/detail/send_buffer.hpp>

#include <exception>
#include <new>
#include <utility>

namespace cohort::detail {

void send_buffer::recycle() {
  for (int late = 0; late != 2 && !sending_.empty();) {
    if (next_ >= sending_.size()) next_ = 0;
    auto& each = sending_[next_];
    int done = 0;
    // An error of a send that nobody waits for has nobody to go to; its request is gone, as a completed one's is.
    if (MPI_Test(&each.raw, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS) done = 1;
    if (done == 0) {
      ++late;
      ++next_;
      if (sending_.size() == 1) return;
    } else {
      if (next_ + 1 != sending_.size()) each = std::move(sending_.back());
      sending_.pop_back();
    }
  }
}

int send_buffer::complete() {
  std::vector<one> leaving;
  {
    const std::lock_guard lock{mutex_};
    leaving.swap(sending_);
  }
  int result = MPI_SUCCESS;
  const bool may_wait = std::uncaught_exceptions() == 0;
  for (auto& each : leaving) {
    int done = 1;
    const int code =
        may_wait ? MPI_Wait(&each.raw, MPI_STATUS_IGNORE) : MPI_Test(&each.raw, &done, MPI_STATUS_IGNORE);
    if (code != MPI_SUCCESS) {
      if (result == MPI_SUCCESS) result = code;
    } else if (done == 0) {
      MPI_Request_free(&each.raw);
      // Leaked on purpose; if there is no memory to remember it in, the job is ending anyhow.
      [[maybe_unused]] auto* lost = new (std::nothrow) buffer<std::byte>(std::move(each.copy));
    }
  }
  return result;
}

}  // namespace cohort::detail
