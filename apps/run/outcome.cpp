#include "run/outcome.hpp"

#include "run/errors.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>

namespace cohort_run {
namespace {

constexpr int failed = 1;
constexpr int signal_base = 128;

outcome without_verdict(const ending& how) {
  if (how.interrupted_by != 0) {
    // mpirun's own status is 1 then, whatever the ranks return. It is 0 if all had ended before, or were lost.
    if (how.mpirun && *how.mpirun != failed && !how.fault_tolerant) return {*how.mpirun, {}};
    return {signal_base + how.interrupted_by, {}};
  }
  if (how.not_started && !how.start_failed && how.mpirun.value_or(failed) != 0) {
    return {error_status,
            "mpirun could not start the job (it says why above); see what is wrong by cohort-info, with the same "
            "--hostfile if there is one"};
  }
  if (!how.fault_tolerant && how.hung) {
    if (how.mpirun.value_or(0) != 0) return {*how.mpirun, {}};
    return {
        failed,
        "mpirun hung when all ranks on this host had ended, with status 0, and had to be ended (how those of other "
        "hosts ended is not known); see by its output whether the job is complete"};
  }
  if (!how.fault_tolerant) return {how.mpirun.value_or(failed), {}};
  if (how.start_failed) {
    return {
        lost_status,
        "a host was lost while the job was being started (mpirun would wait for it for ever); run the same command "
        "again, without that host"};
  }
  if (how.rank_lost) {
    return {lost_status,
            "a rank was lost while the job was being started (the others would wait for it for ever); see what it "
            "does first, or run the same command again"};
  }
  if (how.mpirun_killed) {
    return {lost_status,
            fmt::format("mpirun was ended by signal {} (and the job with it); run the same command again, "
                        "with --resume for a cohort-farm that has a journal",
                        how.mpirun.value_or(signal_base) - signal_base)};
  }
  if (how.root_lost) {
    return {
        how.mpirun.value_or(0) != 0 ? *how.mpirun : lost_status,
        "rank 0 was lost and has left no verdict (it is the one rank whose loss ends a job); run the same command "
        "again, with --resume for a cohort-farm that has a journal"};
  }
  if (how.mpirun.value_or(0) != 0) return {*how.mpirun, {}};
  return {failed,
          "the job has left no verdict (under --fault-tolerant mpirun's own status says nothing); leave out "
          "--fault-tolerant, or have the program call leave_verdict of cohort/cluster/verdict.hpp"};
}

outcome of_job(const ending& how) {
  if (!how.verdict) return without_verdict(how);
  // The job's own word counts where mpirun's does not.
  if (how.fault_tolerant || how.interrupted_by != 0) return {how.verdict->status, {}};
  const auto status = how.mpirun.value_or(failed);
  return {status != 0 ? status : how.verdict->status, {}};
}

}  // namespace

outcome judge(const ending& how) {
  auto result = of_job(how);
  if (result.status == 0 && how.output_error != 0) {
    result.status = how.output_error == EPIPE ? signal_base + SIGPIPE : error_status;
  }
  return result;
}

}  // namespace cohort_run
