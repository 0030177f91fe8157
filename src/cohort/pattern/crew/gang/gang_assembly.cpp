#include <cohort/pattern/crew/clock.hpp>
#include <cohort/pattern/crew/gang/gang_master.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>

// How the ranks of a gang come together.
namespace cohort::crew {

using namespace std::chrono_literals;

void gang_master::pump() {
  if (assembling_ == 0 && waiting_.empty()) return;
  const bool nobody_waits = calm();
  if (assembling_ != 0) {
    auto& g = gangs_.at(assembling_);
    improve(g);
    const bool may_hold = nobody_waits || (g.terms.nested && now() < g.hold_until);
    if (may_hold || std::all_of(g.seats.begin(), g.seats.end(), [this](const seat& s) { return has_room(s); }))
      return;
    withdraw_all(g);
    assembling_ = 0;
    resting_ = 2;  // the scheduler assigns between two looks
    ++g.dissolved;
    enqueue(g);
  }
  if (resting_ == 0) start(nobody_waits);
}

/// Does no member of a gang that runs wait for a task?
bool gang_master::calm() const {
  for (dispatch::worker_id w = 0; w != inside_.size(); ++w) {
    if (inside_[w] != 0 && over_.scheduler().worker(w).slots > slots_per_rank_) return false;
  }
  return true;
}

/// Begins with the first that can be begun.
void gang_master::start(bool calm) {
  int looks = 32;
  for (const auto& each : waiting_) {
    if (looks-- == 0) return;
    auto& g = gangs_.at(std::get<4>(each));
    const auto ranks = choose(g, !calm && !g.terms.nested);
    if (ranks.empty()) continue;
    waiting_.erase(each);
    assemble(g, ranks);
    return;
  }
}

void gang_master::assemble(gang& g, const std::vector<dispatch::worker_id>& ranks) {
  assembling_ = g.serial;
  g.hold_until = now() + dispatch::duration{5ms} * (1 << std::min(g.dissolved, 16));
  g.seats.resize(ranks.size());
  for (std::size_t i = 0; i != ranks.size(); ++i) {
    g.seats[i].rank = ranks[i];
    take_seat(g.seats[i], i, g);
  }
}

/// From now on the rank gets nothing but the seat.
void gang_master::take_seat(seat& s, std::size_t position, const gang& g) {
  const auto queue = static_cast<dispatch::queue_id>(first_queue_ + 1 + position);
  over_.scheduler().serve(s.rank, std::array{queue});
  s.task = host_.add_seat({.priority = std::numeric_limits<int>::max(), .queue = queue, .part = true});
  s.begun = s.left = false;
  seats_.emplace(s.task, seat_record{g.of, g.serial, false});
  ++counts_.added;
}

void gang_master::withdraw(seat& s) {
  seats_.at(s.task).serial = 0;
  over_.scheduler().cancel(s.task);
  if (!s.begun) serve_own(s.rank);
}

void gang_master::withdraw_all(gang& g) {
  for (auto& s : g.seats) withdraw(s);
  g.seats.clear();
}

void gang_master::serve_own(dispatch::worker_id rank) {
  over_.scheduler().serve(rank, served_[rank]);
}

/// Seats that have to wait move to ranks where they need not, or at least for no other gang.
void gang_master::improve(gang& g) {
  for (std::size_t i = 0; i != g.seats.size(); ++i) {
    auto& s = g.seats[i];
    if (has_room(s)) continue;
    dispatch::worker_id best = s.rank;
    int least = inside_[s.rank] == 0 ? 1 : 2;
    for (dispatch::worker_id w = 0; w != inside_.size() && least != 0; ++w) {
      if (!may_join(w, g)) continue;
      if (const int there = reluctance(w); there < least) {
        least = there;
        best = w;
      }
    }
    if (best == s.rank) continue;
    withdraw(s);
    s.rank = best;
    take_seat(s, i, g);
  }
}

/// The seat has begun, or will as soon as its rank hears of it.
bool gang_master::has_room(const seat& s) const {
  if (s.begun) return true;
  const auto& scheduler = over_.scheduler();
  const auto& rank = scheduler.worker(s.rank);
  const bool counts = scheduler.state(s.task) != dispatch::task_state::pending;
  return rank.assigned < rank.slots + (counts ? 1 : 0);
}

bool gang_master::wants_help() const {
  if (assembling_ == 0) return false;
  const auto& seats = gangs_.at(assembling_).seats;
  return std::all_of(seats.begin(), seats.end(), [this](const seat& s) { return has_room(s); });
}

/// 0: it is free; 1: it will be; 2: it runs gangs, for which this one might have to wait long.
int gang_master::reluctance(dispatch::worker_id rank) const {
  const auto& is = over_.scheduler().worker(rank);
  if (is.assigned < is.slots) return 0;
  return inside_[rank] == 0 ? 1 : 2;
}

/// It is here, serves the gang's queue, and has no seat of it.
bool gang_master::may_join(dispatch::worker_id rank, const gang& g) const {
  if (over_.host(rank).empty()) return false;
  const auto& is = over_.scheduler().worker(rank);
  if (!is.present || is.draining) return false;
  if (std::find(served_[rank].begin(), served_[rank].end(), g.terms.queue) == served_[rank].end()) return false;
  return std::none_of(g.seats.begin(), g.seats.end(), [&](const seat& s) { return s.rank == rank; });
}

/// The best ranks for it; none: there are not enough.
std::vector<dispatch::worker_id> gang_master::choose(const gang& g, bool free_only) const {
  std::vector<dispatch::worker_id> found;
  for (dispatch::worker_id w = 0; w != inside_.size(); ++w) {
    if (may_join(w, g) && !(free_only && reluctance(w) != 0)) found.push_back(w);
  }
  if (found.size() < g.terms.ranks) return {};
  const auto key = [this](dispatch::worker_id w) {
    const auto& is = over_.scheduler().worker(w);
    return std::tuple{reluctance(w), std::int64_t{is.assigned} - std::int64_t{is.slots}, w};
  };
  const auto end = found.begin() + static_cast<std::ptrdiff_t>(g.terms.ranks);
  std::partial_sort(found.begin(), end, found.end(), [&](auto a, auto b) { return key(a) < key(b); });
  found.erase(end, found.end());
  return found;
}

}  // namespace cohort::crew
