#pragma once

#include <cohort/pattern/crew/letter.hpp>
#include <cohort/pattern/crew/runner.hpp>

#include "farm/join/card.hpp"
#include "farm/join/channel.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace cohort_farm {

/// One that has joined the farm, as a runner of the root's crew: what it is told goes to a file, what it says comes
/// from another. It is told and heard in collect(), every few milliseconds while there is something to do, and less
/// and less often when there is not; a look costs the opening and closing of a file.
///
/// What it gives back it reports as stopped, since it is asked by a file, too: no attempt returns at once.
class guest final : public cohort::crew::runner {
 public:
  using time_point = cohort::dispatch::time_point;
  using duration = cohort::dispatch::duration;

  /// `directory`: its own, with both channels. `ahead`: it may be given more than it runs, so that short tasks do
  /// not wait for the files.
  guest(std::string directory, guest_card who, bool ahead, time_point now);

  /// runner: @{
  [[nodiscard]] std::uint32_t slots() const override { return who_.slots; }
  void accept(cohort::crew::job what, std::span<const std::byte> payload) override;
  void stop(cohort::crew::job what) override;
  std::vector<cohort::crew::job> give_back(std::size_t most) override;
  void message(std::span<const std::byte> text) override;
  void collect(std::vector<cohort::crew::report>& out, duration patience) override;
  [[nodiscard]] std::size_t unfinished() const override { return held_.size(); }
  /// @}

  /// It is to know its number, and that of its first slot.
  void welcome(cohort::dispatch::worker_id worker, std::uint32_t first_slot);
  /// Nothing more will come: it ends what it runs, and says bye.
  void dismiss();

  enum class standing : std::uint8_t {
    here,
    leaving,  ///< takes nothing more
    cut_off,  ///< nothing passes between us any more; what it has may run until its lease is over
    left,     ///< in order: nothing of it runs any more
    lost
  };
  [[nodiscard]] standing state() const noexcept { return state_; }
  /// Why it is lost, or cut off.
  [[nodiscard]] const std::string& why() const noexcept { return why_; }

  [[nodiscard]] const std::string& host() const noexcept { return who_.host; }
  [[nodiscard]] const std::string& directory() const noexcept { return directory_; }
  /// Commands at a time, really.
  [[nodiscard]] std::uint32_t real_slots() const noexcept { return who_.slots; }
  /// How long it has been silent, and how often it should say something.
  [[nodiscard]] duration silent(time_point now) const noexcept { return now - heard_; }
  [[nodiscard]] duration lease() const noexcept { return who_.lease; }

 private:
  void tell(time_point now);
  void listen(time_point now);
  void hear(bytes_view letter);
  void take(const cohort::crew::letter_reader::entry& said);
  void plan_ahead(duration took);
  void leave();
  void cut(std::string why);

  std::string directory_;
  guest_card who_;
  bool ahead_;
  outgoing orders_;
  incoming reports_;
  cohort::crew::letter next_;  ///< not yet written
  bytes written_;              ///< or not wholly
  struct number {
    std::uint64_t seq;
    std::uint32_t attempt;
  };
  /// Attempts that it has, and what users call them.
  std::map<std::pair<cohort::dispatch::task_id, std::uint32_t>, number> held_;
  std::vector<cohort::crew::report> ready_;
  std::vector<bytes> found_;
  standing state_ = standing::here;
  std::string why_;
  time_point heard_;
  time_point next_look_{0};
  time_point next_word_{0};
  duration pause_{0};
  double cost_ = 0;  ///< nanoseconds that a task takes
  std::uint32_t told_slots_;
};

}  // namespace cohort_farm
