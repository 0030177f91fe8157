#include <cohort/core/detail/waiting.hpp>
#include <cohort/p2p/detail/probing.hpp>

#include <mutex>
#include <thread>
#include <utility>

namespace cohort::detail {

probing::probing(std::shared_ptr<comm_state> state, from pattern, const call_site& where)
    : state_{std::move(state)}, pattern_{pattern}, where_{where} {}

void probing::enlist() {
  auto& list = state_->unmatched;
  const std::lock_guard lock{list.mutex};
  stage_ = stage::listed;
  older_ = std::exchange(list.last, this);
  (older_ != nullptr ? older_->newer_ : list.first) = this;
}

void probing::unlist() noexcept {
  auto& list = state_->unmatched;
  (older_ != nullptr ? older_->newer_ : list.first) = newer_;
  (newer_ != nullptr ? newer_->older_ : list.last) = older_;
  older_ = newer_ = nullptr;
}

void probing::end() noexcept {
  {
    const std::lock_guard lock{state_->unmatched.mutex};
    if (stage_ == stage::listed) unlist();
    if (stage_ != stage::coming) return;
  }
  pending_.finish();
  refused_.reset();
}

bool probing::active() const {
  const std::lock_guard lock{state_->unmatched.mutex};
  return stage_ != stage::complete;
}

void probing::throw_short(std::size_t came, std::size_t wanted) const {
  throw_short_message("irecv", state_->rank, came, wanted, where_);
}

void probing::check_call(int code, const char* routine) const {
  check(code, routine, *state_, where_, pattern_.source, pattern_.tag);
}

bool probing::takes(int source, int tag) const noexcept {
  return (pattern_.source == source || pattern_.source == any_source) &&
         (pattern_.tag == tag || pattern_.tag == any_tag);
}

bool probing::older_overlaps() const noexcept {
  if (pattern_.source == proc_null) return false;
  const auto meet = [](int a, int b, int any) { return a == b || a == any || b == any; };
  for (const auto* each = older_; each != nullptr; each = each->older_) {
    if (each->pattern_.source != proc_null && meet(each->pattern_.source, pattern_.source, any_source) &&
        meet(each->pattern_.tag, pattern_.tag, any_tag)) {
      return true;
    }
  }
  return false;
}

bool probing::probe(int source, int tag, status& info) const {
  int found = 0;
  check_call(MPI_Iprobe(source, tag, state_->comm, &found, info.native()), "MPI_Iprobe");
  return found != 0;
}

/// Takes the next message of that source and tag, if there is one, and begins to receive it.
bool probing::take(int source, int tag) {
  status info;
  MPI_Message raw = MPI_MESSAGE_NULL;
  int found = 0;
  check_call(MPI_Improbe(source, tag, state_->comm, &found, &raw, info.native()), "MPI_Improbe");
  if (found == 0) return false;
  unlist();
  stage_ = stage::coming;
  info_ = info;
  try {
    const auto place = room(info_);
    const wire_count wire{place.count, place.type};
    MPI_Request receiving = MPI_REQUEST_NULL;
    check_call(MPI_Imrecv(place.data, wire.count(), wire.type(), &raw, &receiving), "MPI_Imrecv");
    pending_.replace({receiving, {"MPI_Imrecv", state_->rank, info.source(), info.tag(), where_, true}});
  } catch (...) {
    error_ = std::current_exception();  // the owner's, who may not be the caller
    if (raw != MPI_MESSAGE_NULL) refused_.emplace(raw, info, state_);
  }
  return true;
}

/// Takes the next message of `source` that is for this one, after the older ones have had theirs.
probing::outcome probing::serve(int source) {
  for (;;) {
    status next;
    if (!probe(source, pattern_.tag, next)) return outcome::none;
    auto* first = state_->unmatched.first;
    while (first != this && !first->takes(source, next.tag())) first = first->newer_;
    if (first == this) {
      if (take(source, next.tag())) return outcome::met;
      continue;  // a receive in another thread was quicker
    }
    if (first->stage_ == stage::blocking) return outcome::busy;  // its owner is about to take it
    if (first->serve(source) == outcome::busy) return outcome::busy;
  }
}

probing::outcome probing::look() {
  if (!older_overlaps()) return take(pattern_.source, pattern_.tag) ? outcome::met : outcome::none;
  for (status next; probe(pattern_.source, pattern_.tag, next);) {
    if (const auto result = serve(next.source()); result != outcome::none) return result;
  }
  return outcome::none;
}

bool probing::test() {
  {
    const std::lock_guard lock{state_->unmatched.mutex};
    if (stage_ == stage::complete) return true;
    if (stage_ == stage::listed) {
      if (state_->comm == MPI_COMM_NULL) no_communicator(true, "irecv", where_);
      const bool met = look() == outcome::met;
      looked(*state_, "irecv", pattern_.source, pattern_.tag, where_, met);
      if (!met) return false;
    }
  }
  return receive_coming(false);
}

void probing::wait() {
  const wait_scope busy{*state_, "irecv", wait_kind::receives, pattern_.source, pattern_.tag, where_};
  for (;; std::this_thread::yield()) {
    const std::lock_guard lock{state_->unmatched.mutex};
    if (stage_ == stage::complete) return;
    if (stage_ == stage::coming) break;
    if (state_->comm == MPI_COMM_NULL) no_communicator(true, "irecv", where_);
    if (!older_overlaps()) {
      stage_ = stage::blocking;
      break;
    }
    if (look() == outcome::met) break;
  }
  // From here on no other thread changes the stage.
  if (stage_ == stage::blocking) {
    probe_and_receive();
  } else {
    receive_coming(true);
  }
}

/// Nothing older can want what this one takes, and what comes later is newer: MPI may block.
void probing::probe_and_receive() {
  MPI_Message raw = MPI_MESSAGE_NULL;
  status info;
  const int code = MPI_Mprobe(pattern_.source, pattern_.tag, state_->comm, &raw, info.native());
  {
    const std::lock_guard lock{state_->unmatched.mutex};
    unlist();
    stage_ = stage::complete;
  }
  check_call(code, "MPI_Mprobe");
  info_ = info;
  view place{};
  try {
    place = room(info_);
  } catch (...) {
    const matched_message refused{raw, info, state_};  // thrown away, so that its sender ends
    throw;
  }
  const wire_count wire{place.count, place.type};
  check_call(MPI_Mrecv(place.data, wire.count(), wire.type(), &raw, MPI_STATUS_IGNORE), "MPI_Mrecv");
  arrived(info_);
}

bool probing::receive_coming(bool block) {
  if (error_) {
    stage_ = stage::complete;
    refused_.reset();
    std::rethrow_exception(std::exchange(error_, nullptr));
  }
  try {
    if (block) {
      status known;  // as probed
      pending_.wait(known);
    } else if (!pending_.test()) {
      return false;
    }
  } catch (...) {
    stage_ = stage::complete;
    throw;
  }
  stage_ = stage::complete;
  arrived(info_);
  return true;
}

void probing::cancel() {
  const std::lock_guard lock{state_->unmatched.mutex};
  if (stage_ != stage::listed) return;
  unlist();
  stage_ = stage::complete;
  info_ = status{};
  MPI_Status_set_cancelled(info_.native(), 1);
}

}  // namespace cohort::detail
