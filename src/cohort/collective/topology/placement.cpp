#include <cohort/collective/allgather.hpp>
#include <cohort/collective/bcast.hpp>
#include <cohort/collective/topology/placement.hpp>
#include <cohort/core/error.hpp>
#include <cohort/core/host_name.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>

namespace cohort {
namespace {

/// The rank that leads this rank's node.
int find_leader(const communicator& comm, const std::vector<std::string>& names, const call_site& where) {
  const auto mine = static_cast<std::size_t>(comm.rank());
  const auto given = static_cast<int>(
      std::count_if(names.begin(), names.end(), [](const std::string& name) { return !name.empty(); }));
  if (given == 0) return comm.split_shared(0, where).bcast(comm.rank(), {}, where);
  if (given != comm.size()) {
    const auto without = std::find(names.begin(), names.end(), std::string{}) - names.begin();
    throw argument_error{fmt::format(
        "placement: {} of {} ranks give a node, rank {} does not (called at {}:{}; whose memory it shares does not "
        "say to whom it belongs); give placement_options::node on all ranks, or on none",
        given, comm.size(), without, where.file, where.line)};
  }
  return static_cast<int>(std::find(names.begin(), names.end(), names[mine]) - names.begin());
}

}  // namespace

placement::placement(const communicator& comm, const placement_options& options, call_site where)
    : rank_{comm.rank()} {
  const auto wanted = comm.allgather(options.node, where);
  const std::vector<std::string> given{wanted.begin(), wanted.end()};
  const int leader = find_leader(comm, given, where);
  const auto leader_of = comm.allgather(leader, where);

  std::vector<int> leading{leader_of.begin(), leader_of.end()};
  std::sort(leading.begin(), leading.end());
  leading.erase(std::unique(leading.begin(), leading.end()), leading.end());
  node_of_.reserve(leader_of.size());
  for (const int of : leader_of) {
    node_of_.push_back(static_cast<int>(std::lower_bound(leading.begin(), leading.end(), of) - leading.begin()));
  }

  by_node_.resize(leader_of.size());
  std::iota(by_node_.begin(), by_node_.end(), 0);
  const auto node = [this](int r) { return node_of_[static_cast<std::size_t>(r)]; };
  std::stable_sort(by_node_.begin(), by_node_.end(), [&node](int a, int b) { return node(a) < node(b); });
  for (std::size_t i = 0; i != by_node_.size(); ++i) {
    if (i == 0 || node(by_node_[i]) != node(by_node_[i - 1])) first_.push_back(i);
  }
  first_.push_back(by_node_.size());

  on_node_ = comm.split(placement::node(), 0, where);
  leaders_ = comm.split(leads() ? std::optional{0} : std::nullopt, 0, where);
  // One name per node goes round, not one per rank.
  if (leads()) {
    const auto& mine = given[static_cast<std::size_t>(rank_)];
    const auto all = leaders_.allgather(mine.empty() ? host_name() : mine, where);
    names_.assign(all.begin(), all.end());
  }
  on_node_.bcast(names_, {}, where);
}

void placement::check_node(int node, const call_site& where) const {
  if (node >= 0 && node < nodes()) return;
  throw argument_error{
      fmt::format("placement: there is no node {} (there are {}, from 0; called at {}:{}); give one of "
                  "these",
                  node, nodes(), where.file, where.line)};
}

int placement::node_of(int rank, call_site where) const {
  if (rank < 0 || static_cast<std::size_t>(rank) >= node_of_.size()) {
    throw argument_error{
        fmt::format("placement: there is no rank {} (there are {}, from 0; called at {}:{}); give one "
                    "of these",
                    rank, node_of_.size(), where.file, where.line)};
  }
  return node_of_[static_cast<std::size_t>(rank)];
}

std::span<const int> placement::ranks(int node, call_site where) const {
  check_node(node, where);
  const auto begin = first_[static_cast<std::size_t>(node)];
  return {by_node_.data() + begin, first_[static_cast<std::size_t>(node) + 1] - begin};
}

const std::string& placement::name(int node, call_site where) const {
  check_node(node, where);
  return names_[static_cast<std::size_t>(node)];
}

}  // namespace cohort
