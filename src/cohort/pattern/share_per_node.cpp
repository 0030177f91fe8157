#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/bcast.hpp>
#include <cohort/core/error.hpp>
#include <cohort/pattern/rank_error.hpp>
#include <cohort/pattern/share_per_node.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <cstring>
#include <optional>

namespace cohort::detail {
namespace {

/// The node's memory, as one rank holds it.
class node_data final : public data_home {
 public:
  explicit node_data(node_block&& block) : block_{std::move(block)} {}
  [[nodiscard]] found_block find(data_name /*what*/) override { return seen(block_); }

 private:
  node_block block_;
};

struct announcement {
  std::uint64_t run = 0;
  std::uint64_t bytes = 0;
};

void check_options(const communicator& comm, const share_options& options, const call_site& where) {
  check_root("share_per_node", access::state(comm, "share_per_node", where), options.root, where);
  if (options.node_size >= 0) return;
  throw argument_error{fmt::format(
      "share_per_node on rank {} (called at {}:{}): node_size is {} (it is a number of ranks); pass 0 for "
      "all of a node",
      comm.rank(), where.file, where.line, options.node_size)};
}

}  // namespace

shared_bytes_of share_bytes(const communicator& comm, std::span<const std::byte> mine, const share_options& options,
                            const call_site& where) {
  check_options(comm, options, where);
  const bool root = comm.rank() == options.root;
  // The root comes first on its node, and first among those that have the data.
  const int place = root ? -1 : comm.rank();
  auto node = comm.split_shared(place, where);
  if (options.node_size > 0) node = node.split(node.rank() / options.node_size, 0, where);
  const bool holds = node.rank() == 0;
  const auto holders = comm.split(holds ? std::optional{0} : std::nullopt, place, where);
  announcement what;
  if (root) what = {new_run(), mine.size()};
  comm.bcast(what, {.root = options.root}, where);
  const auto bytes = static_cast<std::size_t>(what.bytes);

  node_block block;
  std::optional<rank_failure> failure;
  try {
    if (holds) block = node_block{bytes};
  } catch (...) {
    failure = describe_rank_failure(comm, "share_per_node", "making of room");
  }
  throw_any_rank_error(comm, failure, where);
  if (holds) {
    if (root && bytes != 0) std::memcpy(block.data(), mine.data(), bytes);
    std::span<std::byte> all{block.data(), bytes};
    if (holders.size() > 1) holders.bcast(all, {}, where);
    block.seal();
  }
  auto found_at = block.place();
  node.bcast(found_at, {}, where);
  try {
    if (!holds) {
      auto found = node_block::find(found_at);
      if (!found) {
        throw error{
            "this rank does not see the memory of the first rank of its node (they have no /proc in common, or no "
            "right "
            "to each other's entries there); run the ranks of a node as one user in one container"};
      }
      block = std::move(*found);
    }
  } catch (...) {
    failure = describe_rank_failure(comm, "share_per_node", "search for its node's memory");
  }
  throw_any_rank_error(comm, failure, where);  // and whoever made the memory keeps it until all have it
  return {{what.run, 0}, bytes, std::make_shared<node_data>(std::move(block))};
}

}  // namespace cohort::detail
