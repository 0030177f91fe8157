#include <cohort/async/detail/request_table.hpp>
#include <cohort/async/event_loop.hpp>
#include <cohort/core/mpi_error.hpp>

#include <algorithm>

namespace cohort::detail {

/// The handles lie as MPI wants them; who waits for each lies beside.
struct request_group {
  static constexpr int room = 64;
  int size = 0;
  std::size_t number = 0;  ///< its place among the groups
  std::array<MPI_Request, room> raw{};
  std::array<request_waiter*, room> who{};
};

namespace {

constexpr std::size_t asked_at_once = 16;

}  // namespace

request_waiter::~request_waiter() {
  if (group_ != nullptr || asked_) loop().requests().remove(*this);
}

void request_waiter::begin(MPI_Request raw, event_loop& where) {
  where.requests().add(*this, raw);
}

void request_waiter::begin(event_loop& where) {
  where.requests().add_asked(*this);
}

void request_waiter::end(MPI_Request raw, const MPI_Status& how, int code) noexcept {
  left_ = raw;
  outcome_ = how;
  code_ = code;
  completed(raw);
  wake();
}

void request_waiter::look_now() noexcept {
  loop().requests().look_at(*this);
}

request_table::request_table() = default;
request_table::~request_table() = default;

request_group& request_table::room() {
  if (filling_ != nullptr && filling_->size != request_group::room) return *filling_;
  if (spare_.empty()) spare_.push_back(std::make_unique<request_group>());
  spare_.reserve(groups_.size() + 2);  // so that dropping a group allocates nothing
  groups_.push_back(std::move(spare_.back()));
  spare_.pop_back();
  filling_ = groups_.back().get();
  filling_->number = groups_.size() - 1;
  return *filling_;
}

void request_table::add(request_waiter& one, MPI_Request raw) {
  auto& group = room();
  const auto place = static_cast<std::size_t>(group.size);
  group.raw[place] = raw;
  group.who[place] = &one;
  one.place_ = place;
  ++group.size;
  one.group_ = &group;
  ++size_;
}

void request_table::remove(request_waiter& one) noexcept {
  if (one.asked_) {
    one.asked_ = false;
    auto* const last_asked = asked_.back();
    asked_[one.place_] = last_asked;
    last_asked->place_ = one.place_;
    asked_.pop_back();
    return;
  }
  auto& group = *one.group_;
  one.group_ = nullptr;
  --size_;
  const auto last = static_cast<std::size_t>(--group.size);
  const auto place = one.place_;
  if (place != last) {
    group.raw[place] = group.raw[last];
    group.who[place] = group.who[last];
    group.who[place]->place_ = one.place_;
  }
  if (last == 0 && &group != filling_) drop(group.number);
}

void request_table::drop(std::size_t which) noexcept {
  if (hot_ == groups_[which].get()) {
    hot_ = nullptr;
    turn_ = which;  // what comes next is likely to be in the group behind, if its order is that of the receives
  }
  spare_.push_back(std::move(groups_[which]));
  if (which + 1 != groups_.size()) {
    groups_.erase(groups_.begin() + static_cast<std::ptrdiff_t>(which));
    for (auto i = which; i != groups_.size(); ++i) groups_[i]->number = i;
  } else {
    groups_.pop_back();
  }
}

void request_table::look_at(request_waiter& one) noexcept {
  if (one.asked_) {
    if (!one.look()) return;
    remove(one);
    one.wake();
    return;
  }
  auto& raw = one.group_->raw[one.place_];
  MPI_Status how;
  int done = 0;
  const int code = MPI_Test(&raw, &done, &how);
  if (code == MPI_SUCCESS && done == 0) return;
  const auto left = raw;
  remove(one);
  one.end(left, how, code);
}

void request_table::poll(bool eager) {
  if (size_ == 1) {
    poll_one();
  } else if (size_ != 0) {
    std::size_t found = 0;
    if (hot_ != nullptr) {
      auto& group = *hot_;
      found = test(group);
      if (found == 0) hot_ = nullptr;
    }
    if (found == 0 && filling_->size != 0) found = test(*filling_);
    if (found == 0 || ++looks_ % 8 == 0) take_turns(eager && found == 0);
    if (found != 0) share_ = 1;
  }
  if (!asked_.empty()) ask();
}

/// The usual case of a program that waits for one thing: MPI_Test looks again after MPI has made progress, while
/// MPI_Testsome tells only the next time.
void request_table::poll_one() {
  auto* group = filling_;
  if (group->size == 0) group = groups_[groups_.front().get() == filling_ ? 1 : 0].get();
  look_at(*group->who[0]);
}

void request_table::take_turns(bool eager) {
  if (!eager) share_ = 1;
  for (auto n = std::min(share_, groups_.size()); n != 0 && !groups_.empty(); --n) {
    if (turn_ >= groups_.size()) turn_ = 0;
    auto& group = *groups_[turn_];
    const bool filling = &group == filling_;
    if (!filling && test(group) != 0) {
      share_ = 1;
      return;
    }
    if (filling || group.size > request_group::room / 4 || !merge(group)) ++turn_;
  }
  share_ = std::min(2 * share_, groups_.size() + 1);
}

/// Puts what is left of a group into the one that is being filled, if it fits: each group costs a call.
bool request_table::merge(request_group& group) noexcept {
  auto& into = *filling_;
  if (into.size + group.size > request_group::room) return false;
  for (std::size_t i = 0; i != static_cast<std::size_t>(group.size); ++i) {
    const auto place = static_cast<std::size_t>(into.size);
    into.raw[place] = group.raw[i];
    into.who[place] = group.who[i];
    into.who[place]->place_ = place;
    ++into.size;
    into.who[place]->group_ = &into;
  }
  group.size = 0;
  drop(group.number);
  return true;
}

std::size_t request_table::test(request_group& group) {
  std::array<int, request_group::room> which{};
  std::array<MPI_Status, request_group::room> how;
  int number = 0;
  const int code = MPI_Testsome(group.size, group.raw.data(), &number, which.data(), how.data());
  if (code != MPI_SUCCESS && code != MPI_ERR_IN_STATUS) {
    throw_mpi_error(code, {.routine = "MPI_Testsome", .where = call_site::current()});
  }
  if (number == MPI_UNDEFINED || number == 0) return 0;
  // Those behind move into the gaps, so the last goes first.
  const auto n = static_cast<std::size_t>(number);
  std::array<request_waiter*, request_group::room> done{};
  for (std::size_t i = 0; i != n; ++i) done[i] = group.who[static_cast<std::size_t>(which[i])];
  hot_ = &group;
  for (std::size_t i = 0; i != n; ++i) {
    auto& one = *done[i];
    const auto left = group.raw[one.place_];
    remove(one);
    one.end(left, how[i], code == MPI_SUCCESS ? MPI_SUCCESS : how[i].MPI_ERROR);
  }
  return n;
}

void request_table::add_asked(request_waiter& one) {
  one.place_ = asked_.size();
  asked_.push_back(&one);
  one.asked_ = true;
}

void request_table::ask() {
  for (auto n = std::min(asked_at_once, asked_.size()); n != 0 && !asked_.empty(); --n) {
    if (asked_turn_ >= asked_.size()) asked_turn_ = 0;
    const auto before = asked_.size();
    look_at(*asked_[asked_turn_]);
    if (asked_.size() == before) ++asked_turn_;
  }
}

}  // namespace cohort::detail
