#pragma once

#include <cohort/cluster/allocation.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace cohort::cluster {

/// Runs a command of the shell and returns what it writes to its standard output; std::nullopt if it fails.
using command_output = std::function<std::optional<std::string>(const std::string& command)>;
/// As a child of this process, by popen.
[[nodiscard]] std::optional<std::string> run_command(const std::string& command);

/// A time as squeue writes it, in this machine's time zone: `2026-11-26T14:15:00`. std::nullopt for what is none,
/// such as `N/A` or `UNLIMITED`.
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> parse_slurm_time(std::string_view text);

/// When the Slurm job ends by its time limit; std::nullopt without a job, without a limit, or where Slurm does not
/// answer. Newer Slurm says it in the environment; else squeue is asked, which takes milliseconds up to seconds,
/// and may be answered otherwise later (a limit can be changed, a job without limit gets one). Not collective: ask
/// on one rank.
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> job_end(
    const allocation& of, const command_output& ask = run_command, const variables& environment = process_variable);

}  // namespace cohort::cluster
