#include <cohort/collective/allgather.hpp>
#include <cohort/collective/bcast.hpp>
#include <cohort/collective/gather.hpp>
#include <cohort/core/error.hpp>
#include <cohort/pattern/crew/grouping.hpp>
#include <cohort/pattern/crew/levels.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace cohort::crew {
namespace {

/// 1, 2, or 0 if the variable says nothing.
int from_environment(const communicator& comm, int root, const call_site& where) {
  const char* const found = std::getenv("COHORT_MASTERS");
  std::string wanted = found == nullptr ? "" : found;
  comm.bcast(wanted, {.root = root}, where);  // mpirun does not take the environment to other nodes
  if (wanted.empty() || wanted == "auto") return 0;
  if (wanted == "1" || wanted == "2") return wanted.front() - '0';
  throw argument_error{fmt::format(
      "COHORT_MASTERS is '{}' on rank {} (it is the number of levels of masters); set it to 1, 2 or auto", wanted,
      root)};
}

}  // namespace

levels::levels(const communicator& comm, int root, int wanted, const std::string& host, const call_site& where)
    : all_{comm}, top_{comm}, root_{root}, root_of_top_{root} {
  if (wanted == 0) wanted = from_environment(comm, root, where);
  if (wanted == 0) wanted = comm.size() > two_above ? 2 : 1;
  two_ = wanted == 2 && comm.size() > 2;
  if (two_) divide(host, where);
}

void levels::divide(const std::string& host, const call_site& where) {
  const auto mates = all_.split_shared(0, where);
  const auto nodes = all_.allgather(mates.bcast(int{all_.rank()}, {}, where), where);
  const auto groups = group_ranks({nodes.data(), nodes.size()}, root_);

  // The first rank of each group leads it. Both communicators keep the order of ranks.
  std::vector<int> leaders(groups.size(), -1);
  std::vector<int> top;
  for (int r = 0; r != all_.size(); ++r) {
    const auto group = groups[static_cast<std::size_t>(r)];
    auto* const leader = group < 0 ? nullptr : &leaders[static_cast<std::size_t>(group)];
    if (leader != nullptr && *leader >= 0) continue;
    if (leader != nullptr) *leader = r;
    if (r == root_) root_of_top_ = static_cast<int>(top.size());
    top.push_back(r);
  }
  members_.resize(top.size());
  std::vector<std::size_t> place(groups.size());  // of each group's leader in top
  for (std::size_t t = 0; t != top.size(); ++t) {
    const auto group = groups[static_cast<std::size_t>(top[t])];
    if (group >= 0) place[static_cast<std::size_t>(group)] = t;
  }
  for (int r = 0; r != all_.size(); ++r) {
    const auto group = groups[static_cast<std::size_t>(r)];
    members_[group < 0 ? static_cast<std::size_t>(root_of_top_) : place[static_cast<std::size_t>(group)]].push_back(
        r);
  }

  const int mine = groups[static_cast<std::size_t>(all_.rank())];
  const bool above = std::find(top.begin(), top.end(), all_.rank()) != top.end();
  top_ = all_.split(above ? std::optional{0} : std::nullopt, 0, where);
  group_ = all_.split(mine >= 0 ? std::optional{mine} : std::nullopt, 0, where);
  hosts_ = all_.gather(host, {.root = root_}, where);
}

}  // namespace cohort::crew
