#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cohort::cluster {

/// More hosts than any list names: one that expands to more is taken for an error.
inline constexpr std::size_t most_nodes = 65536;

/// The names that a list in Slurm's notation stands for, in its order: `node[01-03,7],gpu[1-2]-ib` is node01,
/// node02, node03, node7, gpu1-ib, gpu2-ib; `rack[1-2]n[1-3]` is six names. An empty list has none. Throws
/// argument_error for what is no such list, or one of more than most_nodes.
[[nodiscard]] std::vector<std::string> expand_node_list(std::string_view list);

/// The opposite, as Slurm writes it: consecutive numbers become ranges; the order of `names` is kept, so that
/// expand_node_list gives them back. Throws argument_error for a name that no list can hold (empty, or with one of
/// "[],").
[[nodiscard]] std::string compress_node_list(std::span<const std::string> names);

/// One number per node, as in SLURM_TASKS_PER_NODE: `2(x3),1` is 2, 2, 2, 1. Throws argument_error for what is no
/// such list, or one of more than most_nodes.
[[nodiscard]] std::vector<unsigned> expand_counts(std::string_view list);

}  // namespace cohort::cluster
