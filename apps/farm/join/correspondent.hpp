#pragma once

#include <cohort/pattern/crew/letter.hpp>

#include "farm/join/card.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cohort_farm {

/// The talk of one that has joined a farm with that farm. All that touches the shared file system happens in a
/// thread of its own, and may stand still for any time: the rank itself goes on, and knows when its tenure is over.
/// If even that does not help, since the rank stands still, too, a second thread ends the process (and its guards
/// its commands).
class correspondent {
 public:
  using time_point = cohort::dispatch::time_point;

  /// Goes in by the door of the journal `journal`: makes a directory of its own there, and announces it. Blocks
  /// until the farm has answered, or for `patience`. Throws farm_error: nothing can be joined there.
  correspondent(const std::string& journal, std::uint32_t slots, const std::string& host,
                std::chrono::nanoseconds patience);
  correspondent(const correspondent&) = delete;
  correspondent& operator=(const correspondent&) = delete;
  /// Waits a little for the thread, if that stands still.
  ~correspondent();

  /// What the farm has told of itself, and of our place in it.
  [[nodiscard]] const farm_card& farm() const noexcept;
  [[nodiscard]] std::uint32_t worker() const noexcept { return worker_; }
  [[nodiscard]] std::uint32_t first_slot() const noexcept { return first_slot_; }

  /// Both go in the order of the calls. write: to a file in the own directory, at this byte. @{
  void say(cohort::crew::letter&& what);
  void write(std::string name, std::uint64_t at, bytes data);
  /// @}
  /// Bytes that have not gone yet.
  [[nodiscard]] std::size_t waiting() const;

  /// The letters that have come since the last call.
  [[nodiscard]] std::vector<bytes> hear();

  enum class standing : std::uint8_t {
    member,
    over,  ///< the tenure: the farm has not answered for too long
    gone   ///< the farm: it has ended, or has given this one up, or another run has begun
  };
  [[nodiscard]] standing look() const;
  /// From now on nothing runs any more here, or soon: the second thread does not end the process.
  void stand_down();
  /// Why nothing can be written; empty if that is not known.
  [[nodiscard]] std::string problem() const;

  /// Says bye, and blocks until that is written, at most for `patience`. False: it is not.
  bool leave(std::chrono::nanoseconds patience);

 private:
  struct shared;
  static void correspond(const std::shared_ptr<shared>& with);
  static void watch(const std::shared_ptr<shared>& over);
  [[nodiscard]] bool welcomed(std::chrono::nanoseconds patience);
  void start();

  std::shared_ptr<shared> shared_;  ///< lives as long as the last thread
  std::uint32_t worker_ = 0;
  std::uint32_t first_slot_ = 1;
};

}  // namespace cohort_farm
