// farm_sleep: a real farm whose tasks sleep, with the lengths that cohort-simulate gives to its tasks; so that both
// can be compared, also with more ranks than cores. Prints what cohort-simulate prints: seconds and efficiency.
#include <cohort/cohort.hpp>

#include "bench/simulate/command_line.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <thread>

namespace {

int compare(const cohort_simulate::command& what) {
  const cohort::environment env;
  const auto& world = env.world();
  const auto ranks = static_cast<std::uint64_t>(world.size());
  const auto tasks = what.how.tasks_per_worker * ranks;
  const cohort_simulate::lengths length{what.how.kind, what.how.task_time, tasks, what.how.seed};
  cohort::farm sleepers{world,
                        [&length](std::uint64_t task) { std::this_thread::sleep_for(length(task)); },
                        {.prefetch = what.how.schedule.prefetch, .schedule = what.how.schedule.how}};
  world.barrier();
  const auto report = sleepers.run(cohort::indices{tasks}, [](auto&) {});
  if (world.rank() != 0) return 0;
  double work = 0;
  for (std::uint64_t t = 0; t < tasks; ++t) work += static_cast<double>(length(t).count()) * 1e-9;
  fmt::print("{:.4f} {:.3f}\n", report.seconds, work / (static_cast<double>(ranks) * report.seconds));
  return report.complete() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"A farm of sleeping tasks, to compare cohort-simulate with: mpirun -n 4 farm_sleep", "farm_sleep"};
  cohort_simulate::command what;
  cohort_simulate::add_options(app, what);
  CLI11_PARSE(app, argc, argv);
  return compare(what);
}
