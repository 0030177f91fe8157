#include "farm/join/join.hpp"

#include <cohort/cluster/allocation.hpp>
#include <cohort/cluster/verdict.hpp>
#include <cohort/collective/allgather.hpp>
#include <cohort/collective/bcast.hpp>
#include <cohort/core/host_name.hpp>

#include "farm/affinity.hpp"
#include "farm/drain.hpp"
#include "farm/errors.hpp"
#include "farm/join/correspondent.hpp"
#include "farm/join/detachment.hpp"
#include "farm/losses.hpp"
#include "farm/process_runner.hpp"
#include "farm/serving.hpp"
#include "farm/walltime.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <unistd.h>

namespace cohort_farm {
namespace {

using namespace std::chrono_literals;

/// For a farm that begins at the same time, and for a file system that shows things late.
constexpr auto farm_patience = 10s;
/// As the farm's own ranks: shorter than the second that mpirun gives a rank after Ctrl-C.
constexpr auto stop_grace = 500ms;
/// For what all ranks do together.
constexpr auto meeting = 60s;

void complain(const std::string& text) {
  (void)std::fputs(fmt::format("cohort-farm: {}\n", text).c_str(), stderr);
}

/// What rank 0 tells the others.
struct terms {
  bool go = false;
  std::uint32_t worker = 0;
  std::uint32_t first_slot = 1;
  std::int64_t lease = 0;  ///< nanoseconds
};

/// What rank 0 has found.
struct place {
  std::optional<correspondent> post;
  std::optional<run_limit> limit;
};

void go_in(place& found, const joining& with) {
  check_launcher(with.how, with.world.size());
  found.limit = find_limit(with.how.walltime, with.how.reserve, cohort::cluster::find_allocation());
  const auto slots = static_cast<std::uint32_t>(with.world.size()) * with.how.jobs;
  found.post.emplace(std::filesystem::absolute(with.how.join).string(), slots, with.host, farm_patience);
}

/// Where the farm's commands run, those of this rank run, too. Returns errno.
int follow(const std::string& directory) {
  return ::chdir(directory.c_str()) == 0 ? 0 : errno;
}

runner_settings runner_of(const options& how, int rank, const terms& by, const std::string& results) {
  return {.slots = how.jobs,
          .rank = by.worker,
          .first_slot = by.first_slot + static_cast<std::uint32_t>(rank) * how.jobs,
          .report_starts = true,  // so that it is known what a rank that is lost has run
          .guarded = true,        // what this job runs must not go on when the farm has given it up
          .results = results,
          .temporary = {},
          .stop_grace = stop_grace};
}

/// Rank 0, once all are ready.
int lead(const cohort::communicator& comm, const joining& with, place& at, process_runner& local) {
  drain until{at.limit, {}, static_cast<std::size_t>(comm.size()) * with.how.jobs};
  detachment ranks{comm, {with.how, *at.post, until, local}, with.host};
  const auto end = ranks.run();
  complain(fmt::format("left the farm on {} after {} {}: {}", at.post->farm().host, ranks.ran(),
                       ranks.ran() == 1 ? "task" : "tasks", end.why));
  return end.status;
}

}  // namespace

farm_card card_of(const options& how, bool limited) {
  farm_card card;
  card.run = random_number();
  card.lease = how.lease;
  card.report_starts = limited || how.timeout.count() > 0;
  card.host = cohort::host_name();
  std::error_code error;
  card.directory = std::filesystem::current_path(error).string();
  if (!how.results.empty()) card.results = std::filesystem::absolute(how.results).string();
  return card;
}

int join_farm(const joining& with) {
  const auto& world = with.world;
  const bool root = world.rank() == 0;
  std::signal(SIGXFSZ, SIG_IGN);
  place at;
  terms by;
  std::string directory;
  std::string results;
  if (root) {
    try {
      go_in(at, with);
      const auto& farm = at.post->farm();
      by = {true, at.post->worker(), at.post->first_slot(), farm.lease.count()};
      directory = farm.directory;
      results = farm.results;
    } catch (const cohort::error& e) {
      complain(e.what());
    }
  }
  if (with.alive) with.alive.emplace(meeting);
  world.bcast(by);
  if (!by.go) {
    if (root) cohort::cluster::leave_verdict({error_status, "cohort-farm could not join a farm"});
    return error_status;
  }
  world.bcast(directory);
  world.bcast(results);
  const auto errors = world.allgather(follow(directory));
  const auto wrong = std::find_if(errors.begin(), errors.end(), [](int error) { return error != 0; });
  if (wrong != errors.end()) {
    if (root) {
      complain(
          fmt::format("rank {} cannot go to {}, where the farm's commands run ({}); start both on hosts that see "
                      "that directory",
                      wrong - errors.begin(), directory, std::strerror(*wrong)));
      at.post->leave(5s);
      cohort::cluster::leave_verdict({error_status, "cohort-farm could not join a farm"});
    }
    return error_status;
  }
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is told by write()
  with.watch.emplace();
  const auto comm = world.duplicate();
  if (with.alive) with.alive->begun();
  make_room(with.how.jobs);
  process_runner runner{runner_of(with.how, world.rank(), by, results)};
  if (!root) {
    // Without rank 0 nobody talks to the farm: the tasks must have ended here before they are given to others.
    auto losses = survival_of(with.how);
    losses.root_silence = std::min(losses.root_silence, cohort::dispatch::duration{by.lease / 2});
    return serve_farm(comm, runner, world.rank(), with.host, losses);
  }
  int status = error_status;
  try {
    status = lead(comm, with, at, runner);
  } catch (const cohort::error&) {
    // The other ranks serve on: only the end of the whole job ends them.
    cohort::cluster::leave_verdict({error_status, "cohort-farm could not go on with the farm that it had joined"});
    throw;
  }
  cohort::cluster::leave_verdict({status, "cohort-farm has left the farm that it had joined"});
  return status;
}

}  // namespace cohort_farm
