#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/dispatch/types.hpp>
#include <cohort/pattern/executor/executor_options.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace cohort::detail {

/// The queues of an executor by name, and which rank serves which. The same on every rank.
class queue_names {
 public:
  queue_names() = default;
  /// Throws argument_error for a queue without ranks and for a rank that is not there.
  queue_names(const std::map<std::string, std::vector<int>>& queues, int ranks);

  /// Throws argument_error, with the names there are, for any other.
  [[nodiscard]] dispatch::queue_id find(const std::string& name) const;
  [[nodiscard]] const std::string& name(dispatch::queue_id queue) const { return names_[queue]; }
  [[nodiscard]] bool serves(int rank, dispatch::queue_id queue) const;
  [[nodiscard]] std::size_t size() const noexcept { return names_.size(); }
  /// Empty: there are no queues but the default one, which all serve.
  [[nodiscard]] std::vector<dispatch::queue_id> served_by(int rank) const;
  [[nodiscard]] bool serves_default(int rank) const;

 private:
  std::vector<std::string> names_{"default"};
  std::vector<std::vector<dispatch::queue_id>> served_;  ///< by rank
};

}  // namespace cohort::detail
