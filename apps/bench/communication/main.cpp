// cohort-bench: what the communication layer costs, as ratios to hand-written MPI in the same process.
#include <cohort/core/environment.hpp>

#include "bench/communication/contest.hpp"
#include "bench/communication/report.hpp"
#include "common/command_line.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace cohort_bench {
namespace {

constexpr int usage_error = 2;

struct options {
  settings how;
  std::string filter;
  bool json = false;
  bool check = false;
  bool list = false;
};

std::vector<contest> all_contests(const cohort::communicator& world) {
  std::vector<contest> all;
  add_ping_pong(all, world);
  add_objects(all, world);
  add_collectives(all, world);
  add_unknown_counts(all, world);
  add_halo(all, world);
  return all;
}

int bench(const options& what) {
  const cohort::environment env;
  const auto& world = env.world();
  const bool root = world.rank() == 0;
  if (world.size() < 2 && !what.list) {
    std::cerr << "cohort-bench: 2 ranks or more are needed (messages are timed); mpirun -n 2 cohort-bench\n";
    return usage_error;
  }
  std::vector<figures> results;
  bool any = false;
  if (root && !what.json && !what.list) std::cout << table_head() << std::flush;
  for (const auto& each : all_contests(world)) {
    if (each.name.find(what.filter) == std::string::npos) continue;
    any = true;
    if (what.list) {
      if (root) std::cout << each.name << '\n';
      continue;
    }
    results.push_back(run(world, each, what.how));
    if (root && !what.json) std::cout << table_line(results.back()) << std::flush;
  }
  if (!root) return 0;
  if (!any) {
    // In one piece, since mpirun weaves both streams together as they come.
    std::cerr << "cohort-bench: no contest has '" + what.filter + "' in its name; see --list\n";
    return usage_error;
  }
  if (what.list) return 0;
  if (what.json) {
    std::cout << json(results, world.size(), what.how) << '\n';
  } else {
    std::cout << closing_line(results, world.size(), what.how);
  }
  return what.check ? exit_status(results) : 0;
}

}  // namespace
}  // namespace cohort_bench

int main(int argc, char** argv) {
  CLI::App app{
      "Times cohort beside hand-written MPI and Boost.MPI, in turns in one process, and prints the median ratios "
      "to "
      "the hand-written code, each with its bar. The control is the hand-written code beside itself.\n"
      "Run it on an idle machine: mpirun -n 2 cohort-bench",
      "cohort-bench"};
  app.footer(
      "Exit status: 0 it ran; with --check see there; 2 the command line is wrong, or there is one rank alone.");
  cohort_bench::options what;
  app.add_option("--filter", what.filter, "Only contests with this text in their names");
  app.add_option("--rounds", what.how.rounds, "Rounds per contest")
      ->check(CLI::Range(3, 100'000))
      ->capture_default_str();
  app.add_option("--block", what.how.block_seconds, "Seconds that each contender runs for in a round")
      ->check(CLI::Range(1e-5, 10.0))
      ->capture_default_str();
  app.add_flag("--json", what.json, "Print JSON instead of a table");
  app.add_flag(
      "--check", what.check,
      "Exit with 1 if a bar is missed by more than the control's own spread; else with 3 if that spread is too "
      "wide to judge a case by (more than --tolerance, and more than the ratio is away from the bar); else with 0");
  app.add_option("--tolerance", what.how.tolerance, "The widest spread of the control that judges any case")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_flag("--list", what.list, "Print the contests' names and stop");
  app.set_version_flag("--version", "cohort-bench " COHORT_VERSION);
  const auto leave = cohort_apps::parse(app, argc, argv, cohort_bench::usage_error, [] {});
  return leave ? leave->leave() : cohort_bench::bench(what);
}
