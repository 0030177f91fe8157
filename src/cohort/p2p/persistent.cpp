#include <cohort/core/detail/loss.hpp>
#include <cohort/core/detail/waiting.hpp>
#include <cohort/p2p/persistent.hpp>

namespace cohort {

namespace detail {

status persistent_pending::completed(const MPI_Status& done) {
  active_ = false;
  status info{done};
  if (arrival_) arrival_->settle(MPI_SUCCESS, info, what_);
  return info;
}

void persistent_pending::fail(int code, const MPI_Status& done) {
  raw_ = MPI_REQUEST_NULL;
  active_ = false;
  if (arrival_) {
    status info{done};
    arrival_->settle(code, info, what_);
  }
  throw_mpi_error(
      code,
      {.routine = what_.routine, .rank = what_.rank, .peer = what_.peer, .tag = what_.tag, .where = what_.where});
}

void persistent_pending::check_start(const call_site& where) const {
  if (active_) {
    throw_argument_error(
        "persistent_request::start", what_.rank,
        "the transfer is active (it was started and is not known to be complete); wait() for it first", 0, where);
  }
  if (raw_ == MPI_REQUEST_NULL) {
    throw_argument_error(
        "persistent_request::start", what_.rank,
        "there is nothing to start (it is empty, was moved from, or ended in an error); make a new "
        "one with send_init or recv_init",
        0, where);
  }
}

void persistent_pending::finish() noexcept {
  if (raw_ == MPI_REQUEST_NULL || !mpi_begun()) return;
  if (loss_noted()) {  // its memory is the caller's: nothing can be done if it does not complete
    if (active_) (void)completes_in_time(raw_, what_.receives, std::chrono::seconds{5});
    return;
  }
  if (active_ && std::uncaught_exceptions() <= exceptions_) {
    MPI_Wait(&raw_, MPI_STATUS_IGNORE);
  } else if (active_ && what_.receives) {
    MPI_Cancel(&raw_);
    MPI_Wait(&raw_, MPI_STATUS_IGNORE);
  }
  active_ = false;
  if (raw_ != MPI_REQUEST_NULL) MPI_Request_free(&raw_);
}

}  // namespace detail

persistent_request& persistent_request::operator=(persistent_request&& other) noexcept {
  if (this != &other) {
    pending_.finish();
    pending_ = std::exchange(other.pending_, {});
    info_ = other.info_;
    state_ = std::move(other.state_);
  }
  return *this;
}

void persistent_request::start(call_site where) {
  pending_.check_start(where);
  auto raw = pending_.ready();
  if (const int code = MPI_Start(&raw); code != MPI_SUCCESS) {
    const auto& what = pending_.what();
    detail::throw_mpi_error(
        code, {.routine = "MPI_Start", .rank = what.rank, .peer = what.peer, .tag = what.tag, .where = where});
  }
  pending_.started(raw);
}

status persistent_request::wait() {
  if (!pending_.active()) return info_;
  auto raw = pending_.raw();
  MPI_Status done;
  const detail::wait_scope busy{pending_.what()};
  if (const int code = MPI_Wait(&raw, &done); code != MPI_SUCCESS) pending_.fail(code, done);
  info_ = pending_.completed(done);
  return info_;
}

bool persistent_request::test() {
  if (!pending_.active()) return true;
  auto raw = pending_.raw();
  MPI_Status done;
  int flag = 0;
  if (const int code = MPI_Test(&raw, &flag, &done); code != MPI_SUCCESS) pending_.fail(code, done);
  detail::looked(pending_.what(), flag != 0);
  if (flag != 0) info_ = pending_.completed(done);
  return flag != 0;
}

void persistent_request::cancel() {
  if (!pending_.active()) return;
  auto raw = pending_.raw();
  if (const int code = MPI_Cancel(&raw); code != MPI_SUCCESS) pending_.fail(code, MPI_Status{});
}

}  // namespace cohort
