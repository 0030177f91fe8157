#include <cohort/observe/detail/wait_graph.hpp>
#include <cohort/observe/roll_call.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string_view>

namespace cohort::observe {
namespace {

using detail::wait_graph;

constexpr std::size_t lines_of_a_kind = 6;

std::string place(const step& s) {
  if (s.line == 0) return {};
  const auto slash = s.file.find_last_of('/');
  return fmt::format("{}:{}", slash == std::string::npos ? s.file : s.file.substr(slash + 1), s.line);
}

/// As the caller knows it: "irecv" for MPI_Irecv.
std::string operation(const step& s) {
  constexpr std::string_view prefix = "MPI_";
  if (!s.operation.starts_with(prefix)) return s.operation;
  auto text = s.operation.substr(prefix.size());
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  return text;
}

std::string arguments(const step& s, bool with_peer) {
  std::vector<std::string> all;
  const bool message = s.what == step::kind::receives || s.what == step::kind::sends;
  const auto* const word = s.what == step::kind::sends ? "dest" : message ? "source" : "root";
  if (with_peer && s.peer >= 0) all.push_back(fmt::format("{}={}", word, s.peer));
  if (s.what == step::kind::receives && s.peer == anybody) all.emplace_back("source=any");
  if (message && s.tag != any_tag) all.push_back(fmt::format("tag={}", s.tag));
  return all.empty() ? std::string{} : fmt::format("({})", fmt::join(all, ", "));
}

std::string call(const presence& of, const step& s, bool with_peer = true) {
  if (s.operation == "finalize") return "finalize (the end of its environment)";
  auto text = operation(s) + arguments(s, with_peer);
  if (s.comm >= 0 && static_cast<std::size_t>(s.comm) < of.comms.size())
    text += " on " + of.comms[static_cast<std::size_t>(s.comm)].name;
  if (const auto at = place(s); !at.empty()) text += ", " + at;
  return text;
}

/// For the arrows of a cycle: "recv, tag 7, main.cpp:12".
std::string short_call(const step& s) {
  auto text = operation(s);
  const bool message = s.what == step::kind::receives || s.what == step::kind::sends;
  if (message && s.tag != any_tag) text += fmt::format(", tag {}", s.tag);
  if (const auto at = place(s); !at.empty()) text += ", " + at;
  return text;
}

std::string with_place(const std::string& text, const step& s) {
  const auto at = place(s);
  return at.empty() ? text : fmt::format("{} ({})", text, at);
}

/// What several ranks do alike.
struct same {
  std::vector<int> ranks = {};
  std::string text;  ///< after the verb
  double shortest = 0;
  std::set<int> peers = {};
};

class writer {
 public:
  writer(std::span<const presence> all, double seconds) : all_{all}, graph_{all} {
    std::set<std::string> hosts;
    for (const auto& each : all) {
      if (!each.host.empty()) hosts.insert(each.host);
    }
    several_hosts_ = hosts.size() > 1;
    line(fmt::format("cohort watchdog: nothing has moved for {} on {} rank{}{}", seconds_text(seconds), all.size(),
                     all.size() == 1 ? "" : "s", several_hosts_ ? fmt::format(" ({} hosts)", hosts.size()) : ""));
  }

  verdict write() {
    collect();
    doings();
    findings();
    return {std::move(text_), graph_.any_stuck()};
  }

 private:
  using kind = thread_state::kind;

  void line(const std::string& text) { text_ += text + '\n'; }
  void arrow(const std::string& text) { line("    -> " + text); }

  /// "rank 3 (host b)", "ranks 0-2".
  [[nodiscard]] std::string who(const std::vector<int>& ranks) const {
    auto text = ranks_text(ranks);
    if (!several_hosts_ || ranks.size() != 1) return text;
    if (const auto& host = all_[static_cast<std::size_t>(ranks.front())].host; !host.empty())
      text += fmt::format(" (host {})", host);
    return text;
  }

  void add(const std::string& without_peer, const std::string& key, int rank, std::string text, double seconds,
           int peer) {
    auto& one = groups_[without_peer][key];
    if (one.ranks.empty()) {
      one.text = std::move(text);
      one.shortest = seconds;
    }
    if (one.ranks.empty() || one.ranks.back() != rank) one.ranks.push_back(rank);
    one.shortest = std::min(one.shortest, seconds);
    one.peers.insert(peer);
  }

  [[nodiscard]] std::string steps_text(const presence& of, const thread_state& thread, bool with_peer) const {
    if (thread.any_of.empty()) {
      return thread.steps.empty() ? std::string{"something"} : call(of, thread.steps.front(), with_peer);
    }
    const auto number = thread.steps.size() + thread.more;
    if (number == 0) return thread.any_of;
    constexpr std::size_t shown = 2;
    std::vector<std::string> some;
    for (const auto& s : thread.steps) {
      if (some.size() != shown) some.push_back(call(of, s, with_peer));
    }
    return fmt::format("{} of {}: {}{}", thread.any_of, number, fmt::join(some, "; "),
                       number > shown ? "; ..." : "");
  }

  void collect() {
    for (const auto& each : all_) {
      const int r = each.rank;
      if (each.silent) add("4", "4", r, "", 0, -1);
      if (each.left) add("3", "3", r, "", 0, -1);
      if (each.silent || each.left) continue;
      bool told = false;
      for (const auto& thread : each.threads) {
        if (thread.does == kind::outside) continue;
        told = true;
        const auto* const first = thread.steps.empty() ? nullptr : &thread.steps.front();
        const auto text = steps_text(each, thread, true);
        const std::string sort = thread.does == kind::waits ? "0" : "1";
        add(sort + steps_text(each, thread, false), sort + text, r, text, thread.seconds,
            first == nullptr ? -1 : first->peer);
      }
      if (told) continue;
      std::string last;
      double seconds = 0;
      bool called = false;
      for (const auto& thread : each.threads) {
        if (thread.steps.empty()) continue;
        if (!called || thread.seconds < seconds) last = call(each, thread.steps.front()), seconds = thread.seconds;
        called = true;
      }
      add("2" + last, "2" + last, r, last, seconds, -1);
    }
  }

  void tell(char sort, const same& one, const std::string& extra) {
    const bool many = one.ranks.size() > 1;
    const auto ranks = who(one.ranks);
    const auto time = seconds_text(one.shortest);
    switch (sort) {
      case '0':
        line(fmt::format("  {} {} in {}{}, for {}", ranks, many ? "wait" : "waits", one.text, extra, time));
        break;
      case '1':
        line(fmt::format("  {} {} in vain with {}{}, for {}", ranks, many ? "look" : "looks", one.text, extra,
                         time));
        break;
      case '2':
        line(one.text.empty() ? fmt::format("  {} {} outside cohort: no call yet", ranks, many ? "are" : "is")
                              : fmt::format("  {} {} elsewhere: outside cohort since {}; last call: {}", ranks,
                                            many ? "are" : "is", time, one.text));
        break;
      case '3':
        line(fmt::format("  {} {} left (the environment has ended)", ranks, many ? "have" : "has"));
        break;
      default:
        line(fmt::format("  {} {} not answer (stopped, or ended)", ranks, many ? "do" : "does"));
    }
  }

  void doings() {
    std::size_t told = 0;
    std::size_t untold = 0;
    for (auto& [without_peer, alike] : groups_) {
      constexpr std::size_t few = 4;
      if (++told > 4 * lines_of_a_kind) {
        ++untold;
        continue;
      }
      if (alike.size() <= few) {
        std::vector<const same*> order;
        for (const auto& [key, one] : alike) order.push_back(&one);
        std::sort(order.begin(), order.end(),
                  [](const same* a, const same* b) { return a->ranks.front() < b->ranks.front(); });
        for (const auto* one : order) tell(without_peer.front(), *one, "");
        continue;
      }
      same joined{.text = without_peer.substr(1), .shortest = alike.begin()->second.shortest};
      for (const auto& [key, one] : alike) {
        joined.ranks.insert(joined.ranks.end(), one.ranks.begin(), one.ranks.end());
        joined.shortest = std::min(joined.shortest, one.shortest);
      }
      std::sort(joined.ranks.begin(), joined.ranks.end());
      tell(without_peer.front(), joined, fmt::format(", with {} different peers", alike.size()));
    }
    if (untold != 0) line(fmt::format("  and {} more things that ranks do", untold));
  }

  template <class Findings, class F>
  void some(const Findings& all, F&& each) {
    for (std::size_t i = 0; i != std::min(all.size(), lines_of_a_kind); ++i) arrow(each(all[i]));
    if (all.size() > lines_of_a_kind) arrow(fmt::format("and {} more like these", all.size() - lines_of_a_kind));
  }

  void findings() {
    some(graph_.absences(), [this](const wait_graph::absence& a) {
      return fmt::format("{} {} not take part in {}", who(a.ranks), a.ranks.size() == 1 ? "does" : "do",
                         with_place(operation(*a.example), *a.example));
    });
    some(graph_.cycles(), [](const std::vector<wait_graph::link>& round) {
      std::string text = "cycle: ";
      constexpr std::size_t most = 8;
      for (std::size_t i = 0; i != std::min(round.size(), most); ++i) {
        const auto& l = round[i];
        text +=
            fmt::format("{}rank {} waits for {} ({})", i == 0 ? "" : " -> ", l.rank,
                        l.for_rank == l.rank ? "itself" : fmt::format("rank {}", l.for_rank), short_call(*l.by));
      }
      if (round.size() > most) text += fmt::format(" -> ... ({} ranks in all)", round.size());
      return text;
    });
    some(graph_.mismatches(), [this](const wait_graph::mismatch& m) { return mismatch_text(m); });
    some(graph_.forsaken(), [this](const wait_graph::link& l) {
      return fmt::format("rank {} waits for {} rank {} ({}), which has left{}", l.rank,
                         l.by->what == step::kind::sends ? "its message to be taken by" : "a message of",
                         l.for_rank, short_call(*l.by),
                         all_[static_cast<std::size_t>(l.for_rank)].left ? "" : " (it is in finalize)");
    });
  }

  [[nodiscard]] std::string mismatch_text(const wait_graph::mismatch& m) const {
    const auto sent = fmt::format("rank {} {} rank {} a message with tag {}", m.sender, m.waits ? "sends" : "sent",
                                  m.receiver, m.sent->tag);
    if (m.wanted->tag == m.sent->tag || m.wanted->tag == any_tag) {
      return fmt::format("communicators differ: {} on {}, rank {} waits for one on {}", with_place(sent, *m.sent),
                         comm_name(m.sender, *m.sent), m.receiver,
                         with_place(comm_name(m.receiver, *m.wanted), *m.wanted));
    }
    return fmt::format("tags differ: {}, rank {} waits for one with tag {}", with_place(sent, *m.sent), m.receiver,
                       with_place(std::to_string(m.wanted->tag), *m.wanted));
  }

  [[nodiscard]] std::string comm_name(int rank, const step& s) const {
    const auto& comms = all_[static_cast<std::size_t>(rank)].comms;
    if (s.comm < 0 || static_cast<std::size_t>(s.comm) >= comms.size()) return "a communicator";
    return comms[static_cast<std::size_t>(s.comm)].name;
  }

  std::span<const presence> all_;
  wait_graph graph_;
  bool several_hosts_ = false;
  std::map<std::string, std::map<std::string, same>> groups_;
  std::string text_;
};

}  // namespace

std::string seconds_text(double seconds) {
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  return fmt::format("{:.0f} s", seconds);
}

verdict roll_call(std::span<const presence> all, double seconds) {
  return writer{all, seconds}.write();
}

}  // namespace cohort::observe
