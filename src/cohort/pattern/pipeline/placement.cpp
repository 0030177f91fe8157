#include <cohort/pattern/pipeline/placement.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace cohort {
namespace {

std::size_t weight(const stage_needs& stage) {
  return stage.pinned ? 1 : static_cast<std::size_t>(std::max(stage.replicas, 1));
}

/// The first stages that weigh at most `most`, of those from `first` on, so that `left` segments can each have one
/// more.
std::size_t last_within(const std::vector<stage_needs>& stages, std::size_t first, std::size_t left,
                        std::size_t most) {
  auto sum = weight(stages[first]);
  auto last = first;
  while (last + 1 + left < stages.size() && sum + weight(stages[last + 1]) <= most) sum += weight(stages[++last]);
  return last;
}

/// Whether `segments` segments of at most `most` each can hold all stages.
bool fits(const std::vector<stage_needs>& stages, std::size_t segments, std::size_t most) {
  std::size_t first = 0;
  for (std::size_t s = 0; s != segments; ++s) first = last_within(stages, first, segments - s - 1, most) + 1;
  return first == stages.size();
}

/// Neighbours share ranks: `ranks` segments of one rank each.
std::vector<segment> share_ranks(const std::vector<stage_needs>& stages, std::size_t ranks) {
  std::size_t most = 0;
  for (const auto& stage : stages) most = std::max(most, weight(stage));
  while (!fits(stages, ranks, most)) ++most;
  std::vector<segment> result;
  for (std::size_t first = 0; first != stages.size();) {
    const auto s = result.size();
    const auto last = last_within(stages, first, ranks - s - 1, most);
    result.push_back({.first = first, .last = last, .ranks = {static_cast<int>(s)}});
    first = last + 1;
  }
  return result;
}

/// Gives ranks to the stages that want more, one each in turn.
void hand_out(std::vector<int>& replicas, int& spare, const std::vector<int>& wanted) {
  for (bool any = true; any && spare > 0;) {
    any = false;
    for (std::size_t s = 0; s != replicas.size() && spare > 0; ++s) {
      if (replicas[s] >= wanted[s]) continue;
      ++replicas[s];
      --spare;
      any = true;
    }
  }
}

std::vector<segment> own_ranks(const std::vector<stage_needs>& stages, int ranks) {
  std::vector<int> replicas(stages.size(), 1);
  std::vector<int> named;
  std::vector<int> open;
  for (const auto& stage : stages) {
    named.push_back(stage.pinned ? 1 : stage.replicas);
    open.push_back(stage.pinned || stage.replicas != 0 ? 1 : std::numeric_limits<int>::max());
  }
  int spare = ranks - static_cast<int>(stages.size());
  hand_out(replicas, spare, named);
  hand_out(replicas, spare, open);
  std::vector<segment> result;
  int rank = 0;
  for (std::size_t s = 0; s != stages.size(); ++s) {
    auto& mine = result.emplace_back(segment{.first = s, .last = s}).ranks;
    for (int i = 0; i != (stages[s].measured ? 1 : replicas[s]); ++i) mine.push_back(rank++);
  }
  return result;
}

/// Which segments have parts of a loop whose gate is in another one.
void loops(const std::vector<stage_needs>& stages, std::vector<segment>& segments) {
  for (std::size_t s = 0; s != segments.size(); ++s) {
    auto& here = segments[s];
    for (auto gate = here.first; gate <= here.last; ++gate) {
      if (stages[gate].loop == 0) continue;
      const auto last = gate + stages[gate].loop;
      for (auto next = s + 1; next != segments.size() && segments[next].first <= last; ++next) {
        here.loop = segments[next].back = next - s;
      }
    }
  }
}

/// Who counts, who sorts, and how many numbers items have in between.
void number(const std::vector<stage_needs>& stages, std::vector<segment>& segments) {
  loops(stages, segments);
  std::size_t counter = 0;  // the last segment whose output is in order
  for (std::size_t s = 1; s != segments.size(); ++s) {
    auto& here = segments[s];
    const auto begin = stages.begin() + static_cast<std::ptrdiff_t>(here.first);
    const auto end = stages.begin() + static_cast<std::ptrdiff_t>(here.last) + 1;
    const auto wants_order = [](const stage_needs& n) { return n.ordered; };
    const bool wants = std::any_of(begin, end, wants_order) ||
                       (std::any_of(begin, end, [](const stage_needs& n) { return n.loop != 0; }) &&
                        std::any_of(end, stages.end(), wants_order));  // what is given back has no old place there
    if (counter + 1 != s && wants) {
      here.sorts = true;
      here.counter = counter;
      segments[counter].counts = true;
      std::size_t depth = 1;
      for (auto i = counter; i != s; ++i) {
        if (i != counter && stages[segments[i].first].many) ++depth;
        segments[i].depth = depth;
      }
    }
    if (here.ranks.size() == 1 && (here.sorts || counter + 1 == s)) counter = s;
  }
}

}  // namespace

std::vector<segment> place_stages(const std::vector<stage_needs>& stages, int ranks) {
  if (stages.empty()) return {};
  const auto n = static_cast<std::size_t>(std::max(ranks, 1));
  auto result = n < stages.size() ? share_ranks(stages, n) : own_ranks(stages, static_cast<int>(n));
  number(stages, result);
  return result;
}

bool has_spares(const std::vector<stage_needs>& stages, const std::vector<segment>& segments, int ranks) {
  std::size_t used = 0;
  for (const auto& s : segments) used += s.ranks.size();
  // With fewer ranks than stages there are none.
  return used < static_cast<std::size_t>(ranks) &&
         std::any_of(stages.begin(), stages.end(), [](const stage_needs& n) { return n.measured; });
}

void place_spares(const std::vector<stage_needs>& stages, std::vector<segment>& segments, int ranks,
                  const std::vector<std::int64_t>& loads) {
  int next = 0;
  for (const auto& s : segments) next = std::max(next, s.ranks.back() + 1);
  const auto less = [&](const segment& a, const segment& b) {
    if (stages[a.first].measured != stages[b.first].measured) return stages[b.first].measured;
    const auto of = [&](const segment& s) {
      return static_cast<double>(loads[s.first]) / static_cast<double>(s.ranks.size());
    };
    return of(a) < of(b);
  };
  for (; next < ranks; ++next) std::max_element(segments.begin(), segments.end(), less)->ranks.push_back(next);
  for (auto& s : segments) {
    s = {.first = s.first, .last = s.last, .ranks = std::move(s.ranks)};  // what number() sets, from the beginning
  }
  number(stages, segments);
}

}  // namespace cohort
