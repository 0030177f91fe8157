#include <cohort/collective/detail/reduction_tree.hpp>

#include <algorithm>
#include <bit>

namespace cohort::detail {

std::vector<tree_node> nodes_of(std::uint64_t begin, std::uint64_t end) {
  std::vector<tree_node> nodes;
  while (begin != end) {
    const auto room = static_cast<int>(std::bit_width(end - begin)) - 1;
    const int level = begin == 0 ? room : std::min(room, static_cast<int>(std::countr_zero(begin)));
    nodes.push_back({begin >> level, level});
    begin += std::uint64_t{1} << level;
  }
  return nodes;
}

}  // namespace cohort::detail
