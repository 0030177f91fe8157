#include <cohort/cluster/verdict.hpp>
#include <cohort/collective/bcast.hpp>
#include <cohort/core/environment.hpp>
#include <cohort/pattern/crew/serve.hpp>

#include "farm/affinity.hpp"
#include "farm/conductor.hpp"
#include "farm/errors.hpp"
#include "farm/interruption.hpp"
#include "farm/options.hpp"
#include "farm/plan.hpp"
#include "farm/printer.hpp"
#include "farm/process_runner.hpp"
#include "farm/report/exit_status.hpp"
#include "farm/report/summary.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <optional>
#include <variant>

using namespace cohort_farm;

namespace {

/// From SIGTERM to SIGKILL, for tasks that must end: shorter than the second that mpirun gives a rank after Ctrl-C.
constexpr auto stop_grace = std::chrono::milliseconds{500};

runner_settings runner_of(const options& how, int rank) {
  const auto number = static_cast<std::uint32_t>(rank);
  return {.slots = how.jobs,
          .rank = number,
          .first_slot = number * how.jobs + 1,
          .report_starts = how.timeout.count() > 0,
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

void work(const cohort::communicator& comm, const options& how, const std::string& host) {
  make_room(how.jobs);
  process_runner runner{runner_of(how, comm.rank())};
  bool told = false;
  cohort::crew::serve(comm, runner, 0, host, [&runner, &told] {
    if (!interruption::requested()) return false;
    if (told && runner.unfinished() != 0) runner.end_all();  // the root knows: it gives our tasks to others
    return told = true;
  });
}

/// What is left to say after a run, and its exit status.
int conclude(const options& how, const conductor& run, const run_figures& figures, const printer& out) {
  if (out.in_line()) say("\n");
  say(summary(figures));
  if (!out.problem().empty()) {
    complain(out.problem());
    return error_status;
  }
  if (run.not_run() != 0) {
    const auto again =
        !how.journal.empty() ? fmt::format("run the same command with --resume --journal {} to go on", how.journal)
        : !how.joblog.empty()
            ? fmt::format("run the same command with --resume --joblog {} to go on", how.joblog)
            : std::string{"no --journal or --joblog was given, so the next run begins from the start"};
    complain(fmt::format("{} tasks were not run to their end; {}", run.not_run(), again));
  }
  if (interruption::requested()) return 128 + interruption::signal();
  if (const auto status = run.halt().exit_status(run.not_run())) return *status;
  return exit_status(figures.earlier_failed + run.failed() + run.not_run());
}

int lead(const cohort::communicator& comm, const options& how, const plan& todo, const std::string& host) {
  make_room(how.jobs);
  process_runner local{runner_of(how, comm.rank())};
  printer out{{todo.log.get(), todo.journal.get()}};
  conductor run{comm, {how, todo.tasks, todo.positions, todo.done_before, todo.failed_before, local, out}, host};
  const auto figures = run.run();
  return conclude(how, run, figures, out);
}

}  // namespace

int main(int argc, char** argv) {
  const cohort::environment env{argc, argv};
  const auto& world = env.world();
  const bool root = world.rank() == 0;

  // Every rank has the same command line and comes to the same end; the root does the talking.
  const auto read = read_options(argc, argv);
  if (const auto* leave = std::get_if<early_exit>(&read)) {
    if (!root) return 0;
    leave->print();
    cohort::cluster::leave_verdict({leave->status, "cohort-farm had nothing to run"});
    return leave->status;
  }
  const auto& how = std::get<options>(read);

  // Only the root has the list and the log. If there is nothing to do, or something is wrong with them, all leave.
  std::optional<plan> todo;
  int status = 0;
  if (root) {
    try {
      todo = make_plan(how);
      if (how.dry_run) {
        print_plan(*todo);
        todo.reset();
      }
    } catch (const cohort::error& e) {
      complain(e.what());
      status = error_status;
    }
  }
  if (!world.bcast(todo.has_value())) {
    if (root) cohort::cluster::leave_verdict({status, "cohort-farm had nothing to run"});
    return status;
  }

  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is told by write()
  const interruption watch;
  const auto comm = world.duplicate();
  if (!root) {
    work(comm, how, env.host());
    return 0;
  }
  status = lead(comm, how, *todo, env.host());
  cohort::cluster::leave_verdict({status, "cohort-farm has ended"});  // mpirun would hide it after a signal
  return status;
}
