#include <cohort/pattern/crew/clock.hpp>
#include <cohort/pattern/crew/gang/gang_master.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace cohort::crew {

gang_master::gang_master(coordinator& over, gang_host& host, std::uint32_t slots_per_rank,
                         std::vector<std::vector<dispatch::queue_id>> served, dispatch::queue_id first_queue)
    : over_{over},
      host_{host},
      slots_per_rank_{slots_per_rank},
      served_{std::move(served)},
      first_queue_{first_queue},
      worker_{over.add_runner(*this)},
      inside_(over.ranks(), 0) {
  over_.scheduler().serve(worker_, std::array{first_queue_});
}

void gang_master::joined(dispatch::worker_id worker) {
  serve_own(worker);
}

gang_master::order gang_master::order_of(const gang& g) {
  return {g.terms.nested ? 0 : 1, g.dissolved, -std::int64_t{g.terms.priority}, g.turn, g.serial};
}

gang_master::gang* gang_master::find(dispatch::task_id task) {
  const auto record = seats_.find(task);
  if (record == seats_.end() || record->second.serial == 0) return nullptr;
  return &gangs_.at(record->second.serial);
}

void gang_master::accept(job what, std::span<const std::byte> /*payload*/) {
  const auto serial = ++next_serial_;
  auto& made = gangs_[serial];
  made.of = what;
  made.terms = host_.terms_of(what.task);
  made.serial = serial;
  by_job_.emplace(std::pair{what.task, what.attempt}, serial);
  enqueue(made);
  pump();
}

void gang_master::enqueue(gang& g) {
  g.turn = ++next_turn_;
  waiting_.insert(order_of(g));
}

void gang_master::stop(job what) {
  const auto found = by_job_.find({what.task, what.attempt});
  if (found == by_job_.end()) return;
  auto& g = gangs_.at(found->second);
  if (!g.running) call_off(g);
  end(g, report::kind::stopped, {});
  pump();
}

std::vector<job> gang_master::give_back(std::size_t most) {
  std::vector<job> result;
  if (most != dispatch::recall::everything) return result;
  for (auto each = gangs_.begin(); each != gangs_.end();) {
    auto& g = (each++)->second;
    if (g.running || g.ended) continue;
    call_off(g);
    result.push_back(g.of);
    by_job_.erase({g.of.task, g.of.attempt});
    gangs_.erase(g.serial);
  }
  return result;
}

/// It does not run, and nobody is to hold a seat for it.
void gang_master::call_off(gang& g) {
  waiting_.erase(order_of(g));
  withdraw_all(g);
  if (assembling_ == g.serial) assembling_ = 0;
}

void gang_master::collect(std::vector<report>& out, dispatch::duration /*patience*/) {
  resting_ = std::max(resting_ - 1, 0);
  pump();
  for (auto& each : reports_) out.push_back(std::move(each));
  reports_.clear();
}

bool gang_master::note(std::span<const std::byte> text) {
  const auto said = read_seat_note(text);
  if (!said) return false;
  auto* const g = find(said->seat.task);
  if (g == nullptr || g->running || g->ended) return true;  // it was called off: the seat is told, or was
  const auto at =
      std::find_if(g->seats.begin(), g->seats.end(), [&](const seat& s) { return s.task == said->seat.task; });
  at->begun = true;
  at->attempt = said->seat.attempt;
  serve_own(at->rank);
  if (std::all_of(g->seats.begin(), g->seats.end(), [](const seat& s) { return s.begun; })) go(*g);
  pump();
  return true;
}

std::uint16_t gang_master::leader_of(const gang& g) {
  return g.running ? static_cast<std::uint16_t>(g.seats.front().rank) : std::uint16_t{0};
}

/// From here on every member makes the communicator, whatever is said to it after this.
void gang_master::go(gang& g) {
  assembling_ = 0;
  g.running = true;
  g.begun = now();
  std::sort(g.seats.begin(), g.seats.end(), [](const seat& a, const seat& b) { return a.rank < b.rank; });
  std::vector<int> members;
  for (const auto& s : g.seats) members.push_back(static_cast<int>(s.rank));
  for (const auto& s : g.seats) {
    ++inside_[s.rank];
    over_.tell(s.rank, write_seat_note({seat_word::go, g.serial, {s.task, s.attempt}}, members));
  }
  if (g.terms.say_started) reports_.push_back({report::kind::started, g.of, {}, {}, leader_of(g)});
}

void gang_master::keep_result(dispatch::task_id task, std::span<const std::byte> payload) {
  auto* const g = find(task);
  if (g == nullptr) return;
  if (g->seats.front().task == task) g->result.assign(payload.begin(), payload.end());
  member_left(*g, task);
  const bool all = std::all_of(g->seats.begin(), g->seats.end(), [](const seat& s) { return s.left; });
  if (all && !g->ended) end(*g, report::kind::succeeded, std::move(g->result));
  settle(*g);
  pump();
}

void gang_master::keep_error(dispatch::task_id task, std::span<const std::byte> payload) {
  auto* const g = find(task);
  if (g == nullptr) return;
  if (!g->running) {  // it could not even take its seat
    withdraw_all(*g);
    if (assembling_ == g->serial) assembling_ = 0;
    end(*g, report::kind::failed, {payload.begin(), payload.end()});
  } else {
    member_left(*g, task);
    if (!g->ended) {
      g->failure.assign(payload.begin(), payload.end());
      end(*g, report::kind::failed, g->failure);
    } else {
      settle(*g);
    }
  }
  pump();
}

void gang_master::stale(job what) {
  auto* const g = find(what.task);
  if (g == nullptr || !g->running) return;
  member_left(*g, what.task);
  settle(*g);
  pump();
}

void gang_master::member_left(gang& g, dispatch::task_id task) {
  const auto at = std::find_if(g.seats.begin(), g.seats.end(), [&](const seat& s) { return s.task == task; });
  if (std::exchange(at->left, true)) return;
  --inside_[at->rank];
}

/// The scheduler hears how the gang ended; members that have not left are asked to.
void gang_master::end(gang& g, report::kind how, std::vector<std::byte> payload) {
  g.ended = true;
  by_job_.erase({g.of.task, g.of.attempt});
  const auto took = g.running ? now() - g.begun : dispatch::duration{0};
  reports_.push_back({how, g.of, took, std::move(payload), leader_of(g)});
  if (how == report::kind::succeeded) return;
  for (const auto& s : g.seats) {
    if (!s.left) over_.scheduler().cancel(s.task);
  }
  settle(g);
}

/// When all members have left, nothing arrives on their communicator any more.
void gang_master::settle(gang& g) {
  if (!g.ended || !std::all_of(g.seats.begin(), g.seats.end(), [](const seat& s) { return s.left; })) return;
  for (const auto& s : g.seats) {
    over_.tell(s.rank, write_seat_note({seat_word::release, g.serial, {}}));
    const auto record = seats_.find(s.task);
    record->second.serial = 0;
    if (record->second.told) seats_.erase(record);
  }
  gangs_.erase(g.serial);
}

void gang_master::deliver(dispatch::task_id task) {
  ++counts_.succeeded;
  told(task);
}

void gang_master::give_up(dispatch::task_id task, dispatch::end_reason why) {
  ++(why == dispatch::end_reason::cancelled ? counts_.cancelled
     : why == dispatch::end_reason::drained ? counts_.drained
                                            : counts_.failed);
  told(task);
}

void gang_master::told(dispatch::task_id task) {
  const auto record = seats_.find(task);
  record->second.told = true;
  if (record->second.serial == 0) seats_.erase(record);
}

std::size_t gang_master::held() const {
  std::size_t result = waiting_.size();
  if (assembling_ == 0) return result;
  const auto& g = gangs_.at(assembling_);
  for (const auto& s : g.seats) {
    if (over_.scheduler().state(s.task) != dispatch::task_state::pending) ++result;
  }
  return result + 1;
}

std::vector<gang_master::left_inside> gang_master::inside() const {
  std::vector<left_inside> result;
  for (const auto& [serial, g] : gangs_) {
    if (!g.running || !g.ended) continue;
    left_inside one{g.of, g.failure, {}};
    for (const auto& s : g.seats) {
      if (!s.left) one.ranks.push_back(static_cast<int>(s.rank));
    }
    result.push_back(std::move(one));
  }
  return result;
}

}  // namespace cohort::crew
