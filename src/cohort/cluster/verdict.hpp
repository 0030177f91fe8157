#pragma once

#include <cohort/cluster/allocation.hpp>

#include <optional>
#include <string>

namespace cohort::cluster {

/// What a job says of its own end. mpirun's exit status is 1 after Ctrl-C or SIGTERM, however well the job has
/// ended itself, and under --enable-recovery 0 whatever happened. So cohort-run names a file in COHORT_VERDICT, and
/// believes what it finds there.
struct verdict {
  int status = 0;    ///< the exit status that the job would have
  std::string text;  ///< for people; one line

  friend bool operator==(const verdict&, const verdict&) = default;
};

/// Leaves the job's verdict for cohort-run; call it on rank 0, as the last thing before MPI ends (after it, a
/// fault-tolerant job is given three seconds). The last one counts. Returns false if nobody asked for one, or the
/// file cannot be written. Not collective; throws nothing for a file that cannot be written.
bool leave_verdict(const verdict& what, const variables& environment = process_variable);

/// What was left in a file; std::nullopt if there is nothing (yet).
[[nodiscard]] std::optional<verdict> read_verdict(const std::string& path);

}  // namespace cohort::cluster
