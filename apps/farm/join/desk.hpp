#pragma once

#include <cohort/pattern/crew/coordinator.hpp>

#include "farm/join/door.hpp"
#include "farm/join/guest.hpp"
#include "farm/wire.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace cohort_farm {

/// Lets others join a farm: makes each that comes to the door a worker of the root's crew, and takes it away when
/// it leaves or is lost. Large outputs of theirs are files in their directories; it reads these for the printer.
class desk {
 public:
  /// `ahead`: see guest. `slots`: of the farm's own ranks together.
  desk(std::unique_ptr<door> at, bool ahead, std::uint32_t slots)
      : door_{std::move(at)}, ahead_{ahead}, next_slot_{slots + 1} {}

  /// Once in each round, between two steps of the crew. `say` is told who comes and goes.
  using remark = std::function<void(const std::string&)>;
  void attend(cohort::crew::coordinator& crew, const remark& say);

  /// Whether this worker has joined by the door.
  [[nodiscard]] bool knows(cohort::dispatch::worker_id worker) const { return guests_.contains(worker); }
  /// Commands that it runs at a time.
  [[nodiscard]] std::uint32_t slots(cohort::dispatch::worker_id worker) const;

  /// A request for the output of a worker that it knows. A fetch is answered by a piece. What is not read is not
  /// lost: the files stay until they are released, though the worker may have gone.
  void ask(cohort::dispatch::worker_id worker, bytes_view request);
  [[nodiscard]] std::optional<bytes> next_piece();

  /// The run is over: sends all away, and waits until they have gone, at most so long.
  void close(cohort::crew::coordinator& crew, std::chrono::nanoseconds patience);

 private:
  struct entry {
    std::unique_ptr<guest> who;  ///< null: it has gone
    std::string directory;
    std::uint32_t slots = 0;
    bool draining = false;
    bool cut_off = false;
  };

  void settle(cohort::crew::coordinator& crew, const remark& say);

  std::unique_ptr<door> door_;
  bool ahead_;
  std::uint32_t next_slot_;
  std::map<cohort::dispatch::worker_id, entry> guests_;
  std::deque<bytes> pieces_;
};

}  // namespace cohort_farm
