#include <cohort/core/error.hpp>
#include <cohort/pattern/executor/detail/queue_names.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace cohort::detail {

queue_names::queue_names(const std::map<std::string, std::vector<int>>& queues, int ranks) {
  if (queues.empty()) return;
  served_.resize(static_cast<std::size_t>(ranks));
  for (const auto& [name, servers] : queues) {
    if (servers.empty())
      throw argument_error{fmt::format("executor: nobody serves the queue {}; name at least one rank", name)};
    dispatch::queue_id id = 0;
    if (name != names_.front()) {
      id = static_cast<dispatch::queue_id>(names_.size());
      names_.push_back(name);
    }
    for (const int rank : servers) {
      if (rank < 0 || rank >= ranks) {
        throw argument_error{
            fmt::format("executor: rank {} cannot serve the queue {} (there are ranks 0 to {}); name "
                        "one of these",
                        rank, name, ranks - 1)};
      }
      served_[static_cast<std::size_t>(rank)].push_back(id);
    }
  }
  for (auto& ids : served_) {
    if (ids.empty()) ids.push_back(0);
  }
}

dispatch::queue_id queue_names::find(const std::string& name) const {
  if (name.empty()) return 0;
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found == names_.end()) {
    throw argument_error{
        fmt::format("executor: there is no queue {} (there are: {}); name it in executor_options::queues, with the "
                    "ranks that serve it",
                    name, fmt::join(names_, ", "))};
  }
  return static_cast<dispatch::queue_id>(found - names_.begin());
}

bool queue_names::serves(int rank, dispatch::queue_id queue) const {
  if (served_.empty()) return true;
  const auto& own = served_[static_cast<std::size_t>(rank)];
  return std::find(own.begin(), own.end(), queue) != own.end();
}

std::vector<dispatch::queue_id> queue_names::served_by(int rank) const {
  return served_.empty() ? std::vector<dispatch::queue_id>{} : served_[static_cast<std::size_t>(rank)];
}

bool queue_names::serves_default(int rank) const {
  const auto ids = served_by(rank);
  return ids.empty() || std::find(ids.begin(), ids.end(), 0) != ids.end();
}

}  // namespace cohort::detail
