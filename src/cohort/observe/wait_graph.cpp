#include <cohort/observe/detail/wait_graph.hpp>

#include <algorithm>
#include <optional>
#include <string_view>

namespace cohort::observe::detail {
namespace {

using kind = step::kind;

/// Which ranks an operation waits for.
enum class meeting { all, from_root, to_root, lower, some };

meeting meeting_of(std::string_view operation) {
  if (operation == "bcast" || operation.starts_with("scatter")) return meeting::from_root;
  if (operation.starts_with("gather") || operation == "reduce" || operation == "reproducible_reduce")
    return meeting::to_root;
  if (operation == "scan" || operation == "exscan") return meeting::lower;
  if (operation.starts_with("neighbor_") || operation == "exchange_halo") return meeting::some;
  return meeting::all;
}

bool holds(const std::vector<int>& sorted, int rank) {
  return std::binary_search(sorted.begin(), sorted.end(), rank);
}

}  // namespace

wait_graph::wait_graph(std::span<const presence> all) : all_{all}, live_(all.size()), gone_(all.size()) {
  number_communicators();
  note_meetings();
  spread();
}

template <class F>
void wait_graph::each_wait(int rank, F&& f) const {
  for (const auto& thread : all_[index(rank)].threads) {
    if (thread.does != thread_state::kind::waits) continue;
    for (const auto& s : thread.steps) f(s);
  }
}

void wait_graph::number_communicators() {
  std::map<std::pair<std::int64_t, std::vector<int>>, int> known;
  for (const auto& each : all_) {
    auto& mine = comms_.emplace_back();
    for (const auto& c : each.comms) {
      const auto [at, fresh] = known.try_emplace({c.number, c.runs}, static_cast<int>(members_.size()));
      if (fresh) {
        auto ranks = from_runs(c.runs);
        std::erase_if(ranks, [&](int r) { return r < 0 || index(r) >= all_.size(); });
        members_.push_back(std::move(ranks));
      }
      mine.push_back(at->second);
    }
  }
}

int wait_graph::comm_of(int rank, const step& s) const {
  const auto& mine = comms_[index(rank)];
  return s.comm < 0 || index(s.comm) >= mine.size() ? -1 : mine[index(s.comm)];
}

void wait_graph::note_meetings() {
  for (int r = 0; index(r) != all_.size(); ++r) {
    gone_[index(r)] = left(r);
    each_wait(r, [&](const step& s) {
      if (s.what != kind::together) return;
      const place_of_meeting where{comm_of(r, s), s.operation};
      auto& there = met_[where];
      if (there.empty() || there.back() != r) there.push_back(r);
      first_.try_emplace(where, r, &s);
      if (s.operation == "finalize") gone_[index(r)] = true;
    });
  }
}

bool wait_graph::accepts(int receiver, const step& receives, int sender, const step& sends) const {
  return (receives.peer == sender || receives.peer == anybody) && sends.peer == receiver &&
         (receives.tag == any_tag || receives.tag == sends.tag) &&
         comm_of(receiver, receives) == comm_of(sender, sends);
}

bool wait_graph::matched(int receiver, const step& receives, int sender) const {
  bool found = false;
  each_wait(sender, [&](const step& s) {
    found = found || (s.what == kind::sends && accepts(receiver, receives, sender, s));
  });
  return found;
}

std::vector<int> wait_graph::absent(int comm, const std::string& operation) const {
  std::vector<int> result;
  const auto there = met_.find({comm, operation});
  if (there == met_.end() || comm < 0) return result;
  for (const int r : members_[index(comm)]) {
    if (!holds(there->second, r)) result.push_back(r);
  }
  return result;
}

wait_graph::need wait_graph::needs_together(int rank, const step& s, int comm) const {
  const auto how = meeting_of(s.operation);
  const bool rooted = how == meeting::from_root || how == meeting::to_root;
  if (rooted && s.peer >= 0 && s.peer != rank && index(s.peer) < all_.size()) {
    // MPI may pass it on through any other rank, after the root has gone on already.
    need result{.all = false, .of = absent(comm, s.operation)};
    result.may_come = result.of.empty();
    result.of.push_back(s.peer);
    return result;
  }
  need result{.of = absent(comm, s.operation)};
  if (how == meeting::lower) {
    const auto& order = members_[index(comm)];
    const auto me = std::find(order.begin(), order.end(), rank);
    std::erase_if(result.of, [&](int r) { return std::find(order.begin(), me, r) == me; });
  }
  result.may_come = result.of.empty();
  result.all = how != meeting::from_root && how != meeting::some;
  return result;
}

wait_graph::need wait_graph::needs(int rank, const step& s) const {
  const int comm = comm_of(rank, s);
  if (s.what == kind::other || comm < 0) return {.may_come = true};
  if (s.what == kind::together) return needs_together(rank, s, comm);
  if (s.peer == anybody) {
    need result{.all = false};
    for (const int r : members_[index(comm)]) {
      if (r == rank) continue;
      if (matched(rank, s, r)) result.may_come = true;
      result.of.push_back(r);
    }
    return result;
  }
  if (s.peer < 0 || index(s.peer) >= all_.size()) return {.may_come = true};
  need result{.of = {s.peer}};
  if (s.what == kind::receives) {
    result.may_come = matched(rank, s, s.peer);
  } else {
    each_wait(s.peer, [&](const step& other) {
      if (other.what == kind::receives && accepts(s.peer, other, rank, s)) result.may_come = true;
    });
  }
  return result;
}

bool wait_graph::fulfilled(const need& n) const {
  if (n.may_come) return true;
  const auto helping = [this](int r) { return helps(r); };
  return n.all ? std::all_of(n.of.begin(), n.of.end(), helping) : std::any_of(n.of.begin(), n.of.end(), helping);
}

void wait_graph::spread() {
  struct open {
    int rank;
    std::vector<need> any;
  };
  std::vector<open> waiting;
  for (int r = 0; index(r) != all_.size(); ++r) {
    const auto& each = all_[index(r)];
    if (each.left) continue;
    if (each.silent || each.threads.empty()) live_[index(r)] = true;
    for (const auto& thread : each.threads) {
      if (thread.does != thread_state::kind::waits || thread.steps.empty() || thread.more != 0) {
        live_[index(r)] = true;
        continue;
      }
      open one{r, {}};
      for (const auto& s : thread.steps) one.any.push_back(needs(r, s));
      waiting.push_back(std::move(one));
    }
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& one : waiting) {
      if (live_[index(one.rank)]) continue;
      if (!std::any_of(one.any.begin(), one.any.end(), [this](const need& n) { return fulfilled(n); })) continue;
      live_[index(one.rank)] = true;
      changed = true;
    }
  }
}

bool wait_graph::any_stuck() const {
  for (int r = 0; index(r) != all_.size(); ++r) {
    if (stuck(r)) return true;
  }
  return false;
}

std::vector<wait_graph::absence> wait_graph::absences() const {
  std::vector<absence> result;
  for (const auto& [where, example] : first_) {
    if (where.second == "finalize") continue;
    auto ranks = absent(where.first, where.second);
    std::sort(ranks.begin(), ranks.end());
    if (!ranks.empty()) result.push_back({example.second, std::move(ranks)});
  }
  return result;
}

std::vector<std::vector<wait_graph::link>> wait_graph::cycles() const {
  // Each stuck rank follows one of those it waits for, messages first; whoever does not end at one that is gone
  // ends in a circle.
  std::vector<std::optional<link>> next(all_.size());
  for (int r = 0; index(r) != all_.size(); ++r) {
    if (!stuck(r)) continue;
    each_wait(r, [&](const step& s) {
      const bool message = s.what != kind::together;
      if (next[index(r)] && (!message || next[index(r)]->by->what != kind::together)) return;
      const auto n = needs(r, s);
      const auto found = std::find_if(n.of.begin(), n.of.end(), [this](int d) { return stuck(d) && !gone(d); });
      if (found != n.of.end()) next[index(r)] = link{r, *found, &s};
    });
  }
  std::vector<std::vector<link>> result;
  std::vector<int> seen(all_.size(), -1);
  for (int start = 0; index(start) != all_.size(); ++start) {
    int at = start;
    while (seen[index(at)] < 0 && next[index(at)]) {
      seen[index(at)] = start;
      at = next[index(at)]->for_rank;
    }
    if (seen[index(at)] != start || !next[index(at)]) continue;
    std::vector<link> round;
    int now = at;
    do {
      round.push_back(*next[index(now)]);
      now = next[index(now)]->for_rank;
    } while (now != at);
    const auto lowest =
        std::min_element(round.begin(), round.end(), [](const link& a, const link& b) { return a.rank < b.rank; });
    std::rotate(round.begin(), lowest, round.end());
    const bool only_together =
        std::all_of(round.begin(), round.end(), [](const link& l) { return l.by->what == kind::together; });
    if (!only_together) result.push_back(std::move(round));
  }
  return result;
}

std::vector<wait_graph::link> wait_graph::forsaken() const {
  std::vector<link> result;
  for (int r = 0; index(r) != all_.size(); ++r) {
    if (!stuck(r)) continue;
    each_wait(r, [&](const step& s) {
      if (s.what == kind::together || s.peer < 0 || index(s.peer) >= all_.size()) return;
      if (gone(s.peer)) result.push_back({r, s.peer, &s});
    });
  }
  return result;
}

std::vector<wait_graph::mismatch> wait_graph::mismatches() const {
  std::vector<mismatch> result;
  const auto differ = [this](int receiver, const step& wanted, int sender, const step& sent) {
    return sent.what == kind::sends && sent.peer == receiver && !accepts(receiver, wanted, sender, sent);
  };
  for (int r = 0; index(r) != all_.size(); ++r) {
    if (!stuck(r)) continue;
    each_wait(r, [&](const step& wanted) {
      if (wanted.what != kind::receives) return;
      for (int from = 0; index(from) != all_.size(); ++from) {
        if (wanted.peer != from && wanted.peer != anybody) continue;
        const auto before = result.size();
        each_wait(from, [&](const step& sent) {
          if (differ(r, wanted, from, sent)) result.push_back({from, r, &sent, &wanted, true});
        });
        if (result.size() != before || wanted.peer != from) continue;
        const step* last = nullptr;
        for (const auto& thread : all_[index(from)].threads) {
          for (const auto& sent : thread.sent) last = sent.peer == r ? &sent : last;
        }
        if (last != nullptr && differ(r, wanted, from, *last)) result.push_back({from, r, last, &wanted, false});
      }
    });
  }
  return result;
}

}  // namespace cohort::observe::detail
