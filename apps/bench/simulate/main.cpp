// cohort-simulate: how a farm would do with more ranks than there are, as a discrete-event simulation around the
// scheduler that the farm really uses.
#include <cohort/core/environment.hpp>

#include "bench/simulate/command_line.hpp"
#include "bench/simulate/measure.hpp"
#include "bench/simulate/report.hpp"
#include "common/command_line.hpp"

#include <chrono>
#include <exception>
#include <iostream>
#include <vector>

namespace cohort_simulate {
namespace {

void print_costs(const command& what) {
  const cohort::environment env;
  const auto found = measure(env.world());
  if (env.world().rank() != 0) return;
  std::cout << (what.json ? costs_json(found) : costs_text(found)) << '\n';
}

void print_runs(const command& what) {
  if (!what.json) std::cout << head_text(what.how) << std::flush;
  std::vector<line> lines;
  for (const auto workers : what.workers) {
    const auto begun = std::chrono::steady_clock::now();
    const auto how = settings_for(what, workers);
    lines.push_back({how, simulate(how), 0});
    lines.back().seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    if (!what.json) std::cout << line_text(lines.back()) << std::flush;
  }
  if (what.json) std::cout << json_text(lines) << '\n';
}

}  // namespace
}  // namespace cohort_simulate

int main(int argc, char** argv) {
  CLI::App app{
      "Simulates a farm of tasks on many ranks: the farm's own scheduler, with the time that messages, masters and "
      "tasks take as numbers. Prints the efficiency: the work of all tasks divided by workers x time.",
      "cohort-simulate"};
  cohort_simulate::command what;
  cohort_simulate::add_options(app, what);
  app.set_version_flag("--version", "cohort-simulate " COHORT_VERSION);
  app.footer("Exit status: 0 it ran; 1 the simulation failed; 2 the command line is wrong.");
  if (const auto leave = cohort_apps::parse(app, argc, argv, 2, [] {})) return leave->leave();
  try {
    if (what.measure) {
      cohort_simulate::print_costs(what);
    } else {
      cohort_simulate::print_runs(what);
    }
    return 0;
  } catch (const std::exception& e) {
    std::cerr << std::string{"cohort-simulate: "} + e.what() + '\n';
    return 1;
  }
}
