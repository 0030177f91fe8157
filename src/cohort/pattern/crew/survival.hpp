#pragma once

#include <cohort/core/error.hpp>
#include <cohort/dispatch/types.hpp>

#include <chrono>

namespace cohort::crew {

/// How a crew notices that one of it is lost: killed, stopped, or cut off. Off, a lost rank ends or hangs the job,
/// and nothing is paid for it; on, each rank and the root say something at least every `beat`. The same on all
/// ranks of a crew. Needs a launcher that leaves the others alive (`mpirun --enable-recovery`; `cohort-run
/// --fault-tolerant`).
///
/// Who was silent for too long is given up for good: it is never addressed again, and what it may still say is not
/// heard. Towards a lost rank no call of MPI returns an error; large messages and collectives hang. So there is no
/// collective in a crew, no call that waits for one message, and what was on its way to or from a lost rank is left
/// to MPI, memory and all. SIGPIPE is ignored from the start of such a crew on, unless the program has a handler.
///
/// Only time in which somebody listens is counted. But a root that is away for longer than `root_silence` (in a
/// client's call, say) loses its workers, and a worker's runner that keeps the thread of its messages for longer
/// than `dead_after` is given up.
struct survival {
  bool on = false;
  dispatch::duration beat = std::chrono::milliseconds{300};  ///< a word at least so often, both ways
  /// Silence after which the root gives a worker up for lost; before its first word three seconds more.
  dispatch::duration dead_after = std::chrono::seconds{2};
  dispatch::duration root_silence = std::chrono::seconds{8};  ///< silence of the root after which a worker leaves
};

/// Thrown by serve() when the root was silent for too long: it is lost, or has given this rank up.
struct root_lost : error {
  using error::error;
};

}  // namespace cohort::crew
