#include "bench/simulate/command_line.hpp"

#include <cohort/core/error.hpp>
#include <cohort/dispatch/schedule.hpp>
#include <cohort/dispatch/scheduler.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

namespace cohort_simulate {
namespace {

/// "1ms", "2.5us", "300ns", "2s".
nanoseconds parse_time(const std::string& name, const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  static const std::map<std::string, double> units{{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
  const auto unit = units.find(end);
  if (end == text.c_str() || unit == units.end() || !(number >= 0) || !(number * unit->second < 1e15)) {
    throw CLI::ValidationError{fmt::format(
        "{}: '{}' is not a length of time (a number and a unit up to eleven days); write it as 1ms, 2.5us, "
        "300ns or 2s",
        name, text)};
  }
  return nanoseconds{std::llround(number * unit->second)};
}

void add_time(CLI::App& app, const std::string& name, nanoseconds& into, const std::string& description,
              bool positive = false) {
  app.add_option_function<std::string>(
         name,
         [&into, name, positive](const std::string& text) {
           into = parse_time(name, text);
           if (positive && into == nanoseconds{0}) {
             throw CLI::ValidationError{name + " is 0 (there would be nothing to share out); pass a longer time"};
           }
         },
         description)
      ->type_name("TIME")
      ->default_str(fmt::format("{}ns", into.count()));
}

}  // namespace

void add_options(CLI::App& app, command& into) {
  settings& how = into.how;
  app.add_option("--workers", into.workers, "Numbers of ranks, one line of the table each; all of them work")
      ->delimiter(',')
      ->check(CLI::Range(1U, 1'000'000U))
      ->capture_default_str();
  app.add_option("--tasks-per-worker", how.tasks_per_worker, "Tasks, divided by workers")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000}))
      ->capture_default_str();
  add_time(app, "--task-time", how.task_time, "Mean running time of a task", true);
  const std::map<std::string, distribution> kinds{{"constant", distribution::constant},
                                                  {"exponential", distribution::exponential},
                                                  {"pareto", distribution::pareto},
                                                  {"sorted", distribution::sorted}};
  app.add_option_function<std::string>(
         "--distribution",
         [&how, kinds](const std::string& name) {
           const auto found = kinds.find(name);
           if (found == kinds.end()) {
             throw CLI::ValidationError{
                 fmt::format("--distribution: '{}' is none; pass constant, exponential, pareto or sorted", name)};
           }
           how.kind = found->second;
         },
         "Of the running times: constant, exponential, pareto (exponent 1.5, cut at 50 times the shortest), sorted "
         "(exponential, the longest last)")
      ->default_str("constant");
  app.add_option("--levels", into.levels,
                 fmt::format("Of masters: 1, 2 (the root and one for each group of about the square root of the "
                             "workers), or auto (2 above {} workers)",
                             two_levels_above))
      ->check(CLI::IsMember({"auto", "1", "2"}).description(""))
      ->capture_default_str();
  app.add_option("--groups", how.groups, "With two levels: how many groups, instead of the square root")
      ->check(CLI::PositiveNumber);
  app.add_option_function<std::string>(
         "--schedule",
         [&how](const std::string& name) {
           try {
             how.schedule.how = cohort::dispatch::parse_schedule(name);
             const cohort::dispatch::scheduler checks{how.schedule};
           } catch (const cohort::error& e) {
             throw CLI::ValidationError{e.what()};
           }
         },
         "How the tasks are cut into messages: automatic, self, factoring, guided, trapezoid, adaptive")
      ->default_str("automatic");
  app.add_option("--prefetch", how.schedule.prefetch,
                 "Tasks kept at a worker beyond the one that runs there, instead of by measured time");
  add_time(app, "--message-cost", how.cost.message, "Time of a rank to receive a message or to send one");
  add_time(app, "--task-cost", how.cost.task, "Time of a master to assign a task and to take its result");
  add_time(app, "--latency", how.cost.latency, "A message's journey");
  add_time(app, "--nap", how.cost.nap, "What a sleep lasts longer than asked for");
  app.add_option("--seed", how.seed, "Of the running times")->capture_default_str();
  app.add_flag("--json", into.json, "Print JSON instead of a table");
  app.add_flag("--measure", into.measure,
               "Simulate nothing: measure the four times here, and print them as options. With mpirun -n 2 between "
               "two ranks");
}

settings settings_for(const command& what, std::uint32_t workers) {
  settings how = what.how;
  how.workers = workers;
  const bool two = workers > 2 && (what.levels == "2" || (what.levels == "auto" && workers > two_levels_above));
  const auto root = static_cast<std::uint32_t>(std::lround(std::sqrt(workers - 1.0)));
  how.groups = two ? std::min(how.groups > 0 ? how.groups : root, workers - 1) : 0;
  return how;
}

}  // namespace cohort_simulate
