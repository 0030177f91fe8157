#pragma once

#include <cohort/core/detail/waiting.hpp>
#include <cohort/observe/roll_call.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace cohort::observe::detail {

/// What this process does: its threads' slots, and what its communicators are. Never destroyed: threads and
/// communicators may outlast everything else.
class book final : public cohort::detail::watcher {
 public:
  using clock = std::chrono::steady_clock;
  /// The number of the environment's world, which is known for ever.
  static constexpr unsigned world_id = 1;

  void join(cohort::detail::wait_slot& slot) override;
  void quit(cohort::detail::wait_slot& slot) noexcept override;
  unsigned enlist(const cohort::detail::comm_state& comm) override;
  void name(const cohort::detail::comm_state& comm, const char* how, const cohort::detail::comm_state& parent,
            const call_site& where) override;
  void strike(unsigned comm) noexcept override;

  /// The environment's world.
  void open(const cohort::detail::comm_state& world);
  /// Dates what has changed since the last look.
  void look();
  /// Grows with all that the threads do.
  [[nodiscard]] std::uint64_t moves();
  [[nodiscard]] presence report(int rank, const std::string& host);

 private:
  struct watched_slot {
    cohort::detail::wait_slot* slot;
    std::uint64_t turn;
    unsigned looks;
    bool looking;
    clock::time_point since;
  };
  struct members {
    std::string name;
    std::int64_t number;
    std::vector<int> ranks;
  };

  [[nodiscard]] static members learn(MPI_Comm comm);
  [[nodiscard]] thread_state state_of(const watched_slot& one, std::vector<ranks_of>& comms,
                                      std::map<unsigned, int>& told) const;
  [[nodiscard]] step read(const cohort::detail::wait_slot::item& item, std::vector<ranks_of>& comms,
                          std::map<unsigned, int>& told) const;

  std::mutex mutex_;
  std::vector<watched_slot> slots_;
  std::uint64_t past_ = 0;  ///< moves of threads that have ended
  std::map<unsigned, members> comms_;
  unsigned last_id_ = world_id;
};

}  // namespace cohort::observe::detail
