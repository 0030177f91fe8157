#pragma once

#include <chrono>
#include <optional>
#include <sys/types.h>

namespace cohort_run {

/// Open MPI 4.1.4's mpirun hangs in its own end now and then, where one rank aborts the job while others are in
/// MPI_Finalize. Children that have ended wait to be reaped then, or its first thread waits for another. It has
/// living children while it does what it should: its ssh or srun, as long as there are ranks elsewhere.
class hang_watch {
 public:
  using clock = std::chrono::steady_clock;

  /// `excused`: it may be writing to a reader that takes its time, or we have not looked for a while.
  void look(pid_t mpirun, bool excused);
  /// Whether it has hung for so long that it is no pause of its own. `pauses`: those that it was told to make.
  [[nodiscard]] bool hangs(std::chrono::seconds pauses) const;

 private:
  std::optional<clock::time_point> since_;
};

/// What the ranks that mpirun has not reaped ended with: a failure of their own before what mpirun did to them.
[[nodiscard]] int worst_of_ranks(pid_t mpirun);

}  // namespace cohort_run
