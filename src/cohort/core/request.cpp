#include <cohort/core/detail/loss.hpp>
#include <cohort/core/detail/waiting.hpp>
#include <cohort/core/request.hpp>

#include <chrono>

namespace cohort::detail {

bool pending::look(bool wait) {
  if (!active() || !arrival_) return true;
  try {
    return arrival_->look(wait);
  } catch (...) {
    raw_ = MPI_REQUEST_NULL;
    [[maybe_unused]] auto* lost = arrival_.release();
    lost_ = true;
    throw;
  }
}

void pending::wait_told(status& info) {
  if (arrival_) (void)look(true);
  const wait_scope busy{what_};
  if (const int code = MPI_Wait(&raw_, info.native()); code != MPI_SUCCESS) fail(code, *info.native());
  if (arrival_) arrival_->settle(MPI_SUCCESS, info, what_);
}

std::optional<status> pending::test() {
  if (arrival_ && !look(false)) return std::nullopt;
  MPI_Status raw;
  int done = 0;
  if (const int code = MPI_Test(&raw_, &done, &raw); code != MPI_SUCCESS) fail(code, raw);
  looked(what_, done != 0);
  if (done == 0) return std::nullopt;
  return completed(raw);
}

void pending::fail(int code, const MPI_Status& done) {
  raw_ = MPI_REQUEST_NULL;
  if (arrival_) {
    status info{done};
    arrival_->settle(code, info, what_);
  }
  throw_mpi_error(code, context());
}

void pending::throw_short(std::size_t came, std::size_t wanted) const {
  throw_short_message(what_.routine, what_.rank, came, wanted, what_.where);
}

void pending::cancel() {
  if (!active()) return;
  if (what_.collective) {
    throw_argument_error(what_.routine, what_.rank,
                         "a collective operation cannot be cancelled (the other ranks count on it); complete it", 0,
                         what_.where);
  }
  if (const int code = MPI_Cancel(&raw_); code != MPI_SUCCESS) throw_mpi_error(code, context());
}

bool pending::finish_active() noexcept {
  if (!mpi_begun()) return true;
  if (loss_noted()) {
    const auto patience = uncaught_exceptions() > exceptions_ ? std::chrono::seconds{0} : std::chrono::seconds{5};
    if (completes_in_time(raw_, what_.receives, patience)) return true;
    [[maybe_unused]] auto* lost = arrival_.release();
    return false;
  }
  if (uncaught_exceptions() <= exceptions_) {
    const wait_scope busy{what_};
    MPI_Wait(&raw_, MPI_STATUS_IGNORE);
    if (arrival_) arrival_->finish();
    return true;
  }
  if (what_.receives) {
    MPI_Cancel(&raw_);
    MPI_Wait(&raw_, MPI_STATUS_IGNORE);
    return true;
  }
  int done = 0;
  MPI_Test(&raw_, &done, MPI_STATUS_IGNORE);
  // MPI forbids to free the request of a collective operation that is not complete: it is left alone.
  if (done == 0 && !what_.collective) MPI_Request_free(&raw_);
  if (done == 0) [[maybe_unused]]
    auto* lost = arrival_.release();  // MPI may still write to it
  return done != 0;
}

}  // namespace cohort::detail
