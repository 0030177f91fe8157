#include <cohort/cluster/allocation.hpp>
#include <cohort/cluster/launcher_output.hpp>
#include <cohort/cluster/sign_of_life.hpp>
#include <cohort/cluster/verdict.hpp>
#include <cohort/collective/bcast.hpp>
#include <cohort/core/environment.hpp>
#include <cohort/pattern/crew/serve.hpp>
#include <cohort/process/spawn.hpp>

#include "farm/affinity.hpp"
#include "farm/conductor.hpp"
#include "farm/drain.hpp"
#include "farm/errors.hpp"
#include "farm/guard.hpp"
#include "farm/interruption.hpp"
#include "farm/join/desk.hpp"
#include "farm/join/door.hpp"
#include "farm/join/join.hpp"
#include "farm/losses.hpp"
#include "farm/options.hpp"
#include "farm/plan.hpp"
#include "farm/printer.hpp"
#include "farm/process_runner.hpp"
#include "farm/replacements.hpp"
#include "farm/report/exit_status.hpp"
#include "farm/report/summary.hpp"
#include "farm/requeue.hpp"
#include "farm/serving.hpp"
#include "farm/stand_in.hpp"
#include "farm/walltime.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

using namespace cohort_farm;

namespace {

/// From SIGTERM to SIGKILL, for tasks that must end: shorter than the second that mpirun gives a rank after Ctrl-C.
constexpr auto stop_grace = std::chrono::milliseconds{500};

/// For what all ranks do together: if one is lost in it, the others wait for ever.
constexpr auto meeting = std::chrono::seconds{60};

runner_settings runner_of(const options& how, int rank, bool limited) {
  const auto number = static_cast<std::uint32_t>(rank);
  return {.slots = how.jobs,
          .rank = number,
          .first_slot = number * how.jobs + 1,
          .report_starts = limited || how.timeout.count() > 0,
          .guarded = how.fault_tolerant,
          .results = how.results,
          .temporary = {},
          .stop_grace = stop_grace};
}

/// If nobody can read it, so be it.
void say(const std::string& text) {
  (void)std::fputs(text.c_str(), stderr);
}

void complain(const std::string& message) {
  say(fmt::format("cohort-farm: {}\n", message));
}

int work(const cohort::communicator& comm, const options& how, int rank, bool limited, const std::string& host) {
  make_room(how.jobs);
  process_runner runner{runner_of(how, rank, limited)};
  return serve_farm(comm, runner, rank, host, survival_of(how));
}

/// How a run has ended.
struct ending {
  int status = 0;
  std::optional<cohort::cluster::slurm_job> back = {};  ///< the job that is to go back into the queue
};

/// What --requeue makes of a run whose time was over.
std::optional<cohort::cluster::slurm_job> back_to_queue(const options& how, const run_figures& figures,
                                                        const drain& until,
                                                        const std::optional<cohort::cluster::slurm_job>& job) {
  if (until.hopeless()) return std::nullopt;  // as was said
  // What fails again in each life does not get it further, nor do outputs that are lost.
  const auto got_on = figures.succeeded + (how.resume_failed ? 0 : figures.failed);
  if (got_on > figures.unread) return job;
  if (job || until.limited()) {
    complain(
        "no task came to its end within this run's time (the next would not get further); give it more: sbatch "
        "--time, or --walltime");
  }
  return std::nullopt;
}

/// What is left to say after a run, and how it has ended.
ending conclude(const options& how, const conductor& run, const run_figures& figures, const printer& out,
                const drain& until, const std::optional<cohort::cluster::slurm_job>& job) {
  if (out.in_line()) say("\n");
  say(summary(figures));
  if (!out.problem().empty()) {
    complain(out.problem());
    return {error_status};
  }
  if (run.not_run() != 0) {
    const auto again =
        !how.journal.empty() ? fmt::format("run the same command with --resume --journal {} to go on", how.journal)
        : !how.joblog.empty()
            ? fmt::format("run the same command with --resume --joblog {} to go on", how.joblog)
            : std::string{"no --journal or --joblog was given, so the next run begins from the start"};
    complain(fmt::format("{} tasks were not run to their end; {}", run.not_run(), again));
  }
  const bool halted = run.halt().current() != halt_policy::verdict::go_on;
  const bool told = interruption::requested() && interruption::signal() != SIGTERM;
  if (until.begun() && run.not_run() != 0 && !halted && !told && !out.closed()) {
    return {resume_status, back_to_queue(how, figures, until, job)};
  }
  if (interruption::requested()) return {128 + interruption::signal()};
  // Not what means something else: 75 failed tasks, and what a command has returned on which --halt waited.
  const auto unmistakable = [](int status) {
    return status == resume_status || status == lost_status ? status + 1 : status;
  };
  const auto asked = run.halt().exit_status(run.not_run());
  const bool in_vain = asked == 0 && figures.unread != 0 && !out.closed();  // what was waited for has not been read
  if (asked && !in_vain) return {unmistakable(*asked)};
  return {unmistakable(exit_status(figures.earlier_failed + run.unsuccessful()))};
}

/// What the root knows before the run.
struct preparation {
  plan todo;
  std::unique_ptr<door> open = {};                     ///< for those who join
  std::optional<cohort::cluster::slurm_job> job = {};  ///< --requeue
  std::optional<run_limit> limit = {};
};

preparation prepare(const options& how) {
  preparation result{make_plan(how)};
  if (how.dry_run) return result;
  const auto given = cohort::cluster::find_allocation();
  result.job = job_to_requeue(how, given);
  result.limit = find_limit(how.walltime, how.reserve, given);
  if (!how.journal.empty())
    result.open = std::make_unique<door>(how.journal, card_of(how, result.limit.has_value()), complain);
  return result;
}

ending lead(const cohort::communicator& comm, const options& how, preparation& with, const std::string& host,
            const stand_in::starter& start) {
  make_room(how.jobs);
  const auto slots = static_cast<std::size_t>(comm.size()) * how.jobs;
  drain until{with.limit, how.timeout, slots};
  for (const double each : with.todo.runtimes) until.learn(each);
  process_runner local{runner_of(how, comm.rank(), until.limited())};
  const cohort::cluster::launcher_output user;  // what mpirun has not written yet would be lost with it
  printer out{{with.todo.log.get(), with.todo.journal.get()}, output_writer{user.out(), user.err()}};
  const auto& todo = with.todo;
  std::optional<desk> guests;
  if (with.open) {
    guests.emplace(std::move(with.open), how.halt.how == halt_rule::when::never, static_cast<std::uint32_t>(slots));
  }
  const auto in_place = how.fault_tolerant && how.replace ? start.of(until.limited()) : replacements::starter{};
  conductor run{comm,
                {how, todo.tasks, todo.positions, todo.done_before, todo.failed_before, until, local, out,
                 guests ? &*guests : nullptr, in_place},
                host};
  const auto figures = run.run();
  return conclude(how, run, figures, out, until, with.job);
}

/// For cohort-run: mpirun would hide it after a signal. It gives the job seconds to end from then on.
void leave_last_word(const ending& end) {
  cohort::cluster::leave_verdict({end.status, "cohort-farm has ended"});
}

/// `watch` is set from the moment on when a signal ends the run in order.
ending run(int argc, char** argv, std::optional<interruption>& watch) {
  std::optional<cohort::cluster::sign_of_life> alive;
  if (cohort::cluster::find_allocation().rank == 0) alive.emplace(meeting);
  const auto read = read_options(argc, argv);
  // While a thread of rank 0 starts a process in the place of a lost rank, the rank goes on.
  const auto* const given = std::get_if<options>(&read);
  const bool may_replace = alive && launcher_goes_on() && given != nullptr && given->replace && given->join.empty();
  const cohort::environment env{
      argc, argv, {.threads = may_replace ? cohort::thread_level::multiple : cohort::thread_level::funneled}};
  if (alive) alive->begun();
  const auto& world = env.world();
  const bool root = world.rank() == 0;

  // Every rank has the same command line and comes to the same end; the root does the talking.
  if (const auto* leave = std::get_if<early_exit>(&read)) {
    if (!root) return {};
    leave->print();
    cohort::cluster::leave_verdict({leave->status, "cohort-farm had nothing to run"});
    return {leave->status};
  }
  const auto& how = std::get<options>(read);

  if (!how.join.empty()) return {join_farm({world, how, env.host(), alive, watch})};

  std::signal(SIGXFSZ, SIG_IGN);  // that a file may not grow (ulimit -f) is told by write()
  // Only the root has the list and its records. If there is nothing to do, or something is wrong with them, all
  // leave.
  enum class order : char { leave, work, work_in_time };
  std::optional<preparation> ready;
  int status = 0;
  if (root) {
    try {
      check_launcher(how, world.size());
      ready = prepare(how);
      if (how.dry_run) {
        print_plan(ready->todo);
        ready.reset();
      }
    } catch (const cohort::error& e) {
      complain(e.what());
      status = error_status;
    }
  }
  if (alive) alive.emplace(meeting);
  const auto what = world.bcast(!ready ? order::leave : ready->limit ? order::work_in_time : order::work);
  if (what == order::leave) {
    if (root) cohort::cluster::leave_verdict({status, "cohort-farm had nothing to run"});
    return {status};
  }

  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is told by write()
  watch.emplace();
  const auto comm = world.duplicate();
  if (alive) alive->begun();
  if (!root) {
    return {work(comm, how, world.rank(), what == order::work_in_time, env.host())};
  }
  auto end = lead(comm, how, *ready, env.host(), {argc, argv});
  if (!end.back) leave_last_word(end);
  return end;
}

/// The whole life of a process that was started in the place of a lost rank.
int stand_in_for(const stand_in::role& what, int argc, char** argv, std::optional<interruption>& watch) {
  const cohort::environment env{argc, argv};
  const auto root = cohort::parent();
  const auto read = read_options(argc, argv);
  const auto* how = std::get_if<options>(&read);
  if (!root || how == nullptr) {
    complain(fmt::format("{} is for cohort-farm itself", stand_in::argument));
    return error_status;
  }
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  watch.emplace();
  const cohort::communicator way{root.native(), cohort::ownership::borrow};
  return work(way, *how, what.place, what.limited, env.host());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && argv[1] == guard::argument) return guard::live();
  std::optional<interruption> watch;
  if (const auto role = stand_in::take_role(argc, argv)) return stand_in_for(*role, argc, argv, watch);
  const auto end = run(argc, argv, watch);
  if (end.back) {
    requeue(*end.back);
    leave_last_word(end);
  }
  return end.status;
}
