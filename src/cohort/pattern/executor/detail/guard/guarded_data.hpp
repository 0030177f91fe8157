#pragma once

#include <cohort/pattern/detail/data_home.hpp>

#include <map>
#include <mutex>
#include <utility>

namespace cohort::detail {

/// Shared data in a guarded task: asks its rank where they are, over the task's socket, and looks at the same
/// memory.
class guarded_data final : public data_home {
 public:
  explicit guarded_data(int socket) : socket_{socket} {}
  [[nodiscard]] found_block find(data_name what) override;

 private:
  const int socket_;
  std::mutex mutex_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, node_block> found_;
};

}  // namespace cohort::detail
