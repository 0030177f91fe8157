#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cohort::cluster {

/// CPUs as Linux lists them: `0-2,7` is 0, 1, 2, 7. Throws argument_error for what is no such list.
[[nodiscard]] std::vector<unsigned> expand_cpu_list(std::string_view list);
/// The opposite; `cpus` in ascending order.
[[nodiscard]] std::string compress_cpu_list(const std::vector<unsigned>& cpus);

/// What this process may compute on.
struct cores {
  std::vector<unsigned> cpus;   ///< it may run on these: as mpirun, Slurm, taskset or a cgroup bind it
  std::optional<double> quota;  ///< so many CPUs' time at most, if a cgroup limits it (containers do)
  unsigned online = 0;          ///< of the machine
  /// Of `cpus`, with the hardware threads of a core counted once: what mpirun takes for its slots on a machine of
  /// its own. 0: unknown.
  unsigned physical = 0;

  /// How many ranks compute at full speed here.
  [[nodiscard]] unsigned usable() const noexcept;
  /// May this process run on a part of the machine only?
  [[nodiscard]] bool bound() const noexcept { return !cpus.empty() && cpus.size() < online; }
};

/// Asks Linux. `root` is where its /proc and /sys are. What cannot be read is left empty; never throws for it.
[[nodiscard]] cores find_cores(const std::string& root = {});

}  // namespace cohort::cluster
