#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/pattern/crew/runner.hpp>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace cohort::crew {

/// One rank's half of gangs: where a seat waits until all members of its gang are there, and gets their
/// communicator. The thread that runs the seat calls MPI, so all threads must be allowed to.
///
/// A rank enters the making of a communicator only when the root has heard that every member is there. So a gang
/// that is given up before leaves nobody in it.
class seat_desk {
 public:
  /// `lane`: of all ranks of the crew.
  explicit seat_desk(communicator lane) : lane_{std::move(lane)} {}

  using say = std::function<void(std::vector<std::byte>&& note)>;

  /// In the seat's thread. `tell` brings a note to the root. Blocks until all members are there, or `stop` is true:
  /// then nothing. The communicator lives at least until all members have left the task.
  [[nodiscard]] std::optional<communicator> take(job seat, const std::atomic<bool>& stop, const say& tell);

  /// A note of the root's: false if it is not for a seat.
  bool hear(std::span<const std::byte> text);
  /// A seat's `stop` has become true.
  void stopped();

  /// A communicator of this rank alone.
  [[nodiscard]] communicator alone() const;

 private:
  struct call {
    std::uint64_t serial = 0;
    std::vector<int> members;
  };
  [[nodiscard]] communicator made(const call& of) const;

  communicator lane_;
  std::mutex mutex_;
  std::condition_variable news_;
  std::map<std::pair<std::uint64_t, std::uint32_t>, call> calls_;  ///< to seats that have not seen it yet
  std::map<std::uint64_t, communicator> kept_;                     ///< by gang, until all have left
};

}  // namespace cohort::crew
