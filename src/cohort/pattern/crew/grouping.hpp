#pragma once

#include <span>
#include <vector>

namespace cohort::crew {

/// Shares all ranks but the root out to groups of about the square root of their number, along nodes: a group has
/// whole nodes, or a part of one. node_of[rank] is any number that the ranks of a node have in common. Returns each
/// rank's group, from 0 (the root's is -1). A function of its arguments alone: every rank computes the same.
[[nodiscard]] std::vector<int> group_ranks(std::span<const int> node_of, int root);

}  // namespace cohort::crew
