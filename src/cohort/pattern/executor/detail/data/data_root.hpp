#pragma once

#include <cohort/dispatch/types.hpp>
#include <cohort/pattern/detail/data_home.hpp>
#include <cohort/pattern/executor/detail/data/data_note.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace cohort::detail {

/// The root's shared data: its own copies, and which rank of each node has that node's. Any thread, but hear() and
/// remove() only where `tell` may be called.
class data_root final : public data_home {
 public:
  using teller = std::function<void(dispatch::worker_id, const data_note&, std::span<const std::byte>)>;

  /// `node_size` > 0: a node ends after so many ranks.
  data_root(std::uint64_t run, int root, std::string host, int node_size);

  [[nodiscard]] std::uint64_t run() const noexcept { return run_; }
  /// What is filled becomes shared.
  data_name add(node_block&& block);
  /// Ends it on all nodes. Throws argument_error if it was not there.
  void remove(data_name what, const teller& tell);
  [[nodiscard]] found_block find(data_name what) override;
  /// A rank is lost: what it had of its node, or was about to fetch, others fetch. Where `tell` may be called.
  void lost(dispatch::worker_id rank, const teller& tell);
  /// A rank on `host` says something.
  void hear(dispatch::worker_id from, const std::string& host, std::span<const std::byte> text, const teller& tell);

 private:
  /// What a node has of an array.
  struct copy {
    dispatch::worker_id owner = 0;  ///< has it, or fetches it
    std::optional<block_place> place;
    std::vector<dispatch::worker_id> waiting;
  };
  struct array {
    node_block block;
    std::map<std::string, copy> copies;  ///< by node
    std::set<dispatch::worker_id> known_to;
    std::set<dispatch::worker_id> alone;  ///< that see nothing of what others of their node have
  };
  [[nodiscard]] std::string node_of(const array& what, dispatch::worker_id rank, const std::string& host) const;
  static void ask(array& what, std::uint64_t number, const std::string& node, dispatch::worker_id from,
                  const teller& tell);

  const std::uint64_t run_;
  const dispatch::worker_id root_;
  const std::string host_;
  const int node_size_;
  std::mutex mutex_;
  std::map<std::uint64_t, array> arrays_;
  std::uint64_t next_ = 0;
};

}  // namespace cohort::detail
