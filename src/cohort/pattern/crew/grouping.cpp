#include <cohort/pattern/crew/grouping.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace cohort::crew {

std::vector<int> group_ranks(std::span<const int> node_of, int root) {
  std::vector<int> by_node;  // the ranks to share out, those of a node together
  for (int r = 0; r != static_cast<int>(node_of.size()); ++r) {
    if (r != root) by_node.push_back(r);
  }
  const auto node = [&](int rank) { return node_of[static_cast<std::size_t>(rank)]; };
  std::stable_sort(by_node.begin(), by_node.end(), [&](int a, int b) { return node(a) < node(b); });

  std::vector<int> result(node_of.size(), -1);
  const auto n = by_node.size();
  const auto size = static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(n))));
  int group = -1;
  std::size_t room = 0;  // in the last group
  for (std::size_t begin = 0; begin != n;) {
    auto end = begin;
    while (end != n && node(by_node[end]) == node(by_node[begin])) ++end;
    const auto mates = end - begin;
    const auto parts = (mates + size - 1) / size;
    const bool fits = mates <= room;
    for (std::size_t i = 0; i != mates; ++i) {
      // A large node is cut into equal parts; a small one joins others if there is room.
      if (!fits && (i == 0 || i * parts / mates != (i - 1) * parts / mates)) {
        ++group;
        room = size;
      }
      result[static_cast<std::size_t>(by_node[begin + i])] = group;
      --room;
    }
    if (parts > 1) room = 0;
    begin = end;
  }
  return result;
}

}  // namespace cohort::crew
