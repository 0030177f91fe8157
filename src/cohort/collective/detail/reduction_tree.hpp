#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

/// The tree of a reduction whose result does not depend on who holds what. Over the indices 0 to n - 1 of a
/// sequence: a run of one element is that element; a longer one is split at the largest power of two that is
/// smaller than its length. So the nodes are aligned runs of 2^level elements, except on the right edge.
namespace cohort::detail {

/// A node that lies in one rank's part: 2^level elements from index * 2^level on.
struct tree_node {
  std::uint64_t index;
  int level;
};

/// The largest nodes that make up the elements from `begin` to `end`, in their order: at most two per level.
[[nodiscard]] std::vector<tree_node> nodes_of(std::uint64_t begin, std::uint64_t end);

/// The value of a node: 2^level elements from `first` on. Eight at a time, so that most of the tree is straight
/// code.
template <class T, class Op>
T node_value(const T* first, int level, const Op& op) {
  const auto join = [&](const T& a, const T& b) -> T { return static_cast<T>(op(a, b)); };
  switch (level) {
    case 0:
      return first[0];
    case 1:
      return join(first[0], first[1]);
    case 2:
      return join(join(first[0], first[1]), join(first[2], first[3]));
    case 3:
      return join(join(join(first[0], first[1]), join(first[2], first[3])),
                  join(join(first[4], first[5]), join(first[6], first[7])));
    default: {
      const T left = node_value(first, level - 1, op);
      return join(left, node_value(first + (std::size_t{1} << (level - 1)), level - 1, op));
    }
  }
}

/// Joins the nodes of a whole sequence, given from left to right. Holds at most one value per level.
template <class T, class Op>
class tree_stack {
 public:
  explicit tree_stack(const Op& op) : op_{op} {}

  void add(tree_node node, T value) {
    while (!stack_.empty() && stack_.back().node.level == node.level &&
           stack_.back().node.index + 1 == node.index && node.index % 2 == 1) {
      value = static_cast<T>(op_(stack_.back().value, value));
      stack_.pop_back();
      node = {node.index / 2, node.level + 1};
    }
    stack_.push_back({node, value});
  }
  /// The value of all that was added, at least one node. What is left are runs of ever smaller size: the right
  /// edge.
  T finish() {
    T value = stack_.back().value;
    for (std::size_t i = stack_.size() - 1; i != 0; --i) value = static_cast<T>(op_(stack_[i - 1].value, value));
    return value;
  }

 private:
  struct entry {
    tree_node node;
    T value;
  };
  const Op& op_;
  std::vector<entry> stack_;
};

}  // namespace cohort::detail
