#include "bench/simulate/report.hpp"

#include <cohort/dispatch/schedule.hpp>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace cohort_simulate {
namespace {

std::string time_text(nanoseconds t) {
  const auto n = static_cast<double>(t.count());
  if (n < 1e3) return fmt::format("{} ns", t.count());
  if (n < 1e6) return fmt::format("{:.4g} us", n * 1e-3);
  return n < 1e9 ? fmt::format("{:.4g} ms", n * 1e-6) : fmt::format("{:.4g} s", n * 1e-9);
}

nlohmann::ordered_json costs_object(const costs& what) {
  return {{"message_ns", what.message.count()},
          {"task_ns", what.task.count()},
          {"latency_ns", what.latency.count()},
          {"nap_ns", what.nap.count()}};
}

}  // namespace

std::string costs_text(const costs& what) {
  return fmt::format("--message-cost {}ns --task-cost {}ns --latency {}ns --nap {}ns", what.message.count(),
                     what.task.count(), what.latency.count(), what.nap.count());
}

std::string costs_json(const costs& what) {
  return costs_object(what).dump(2);
}

std::string head_text(const settings& how) {
  return fmt::format(
             "{} tasks per worker, {} of {}, schedule {}, seed {}; a master's time per message {}, per task {}; "
             "latency {}\n",
             how.tasks_per_worker, to_string(how.kind), time_text(how.task_time),
             cohort::dispatch::to_string(how.schedule.how), how.seed, time_text(how.cost.message),
             time_text(how.cost.task), time_text(how.cost.latency)) +
         fmt::format("{:>8} {:>10} {:>8} {:>11} {:>11} {:>10} {:>13} {:>12}\n", "workers", "tasks", "masters",
                     "simulated s", "efficiency", "root busy", "leaders busy", "letters");
}

std::string line_text(const line& what) {
  const auto leaders = what.how.groups == 0 ? "-" : fmt::format("{:.2f}", what.got.leaders_busy);
  return fmt::format("{:>8} {:>10} {:>8} {:>11.4f} {:>11.3f} {:>10.2f} {:>13} {:>12}\n", what.how.workers,
                     what.got.tasks, 1 + what.how.groups, what.got.simulated_seconds, what.got.efficiency,
                     what.got.root_busy, leaders, what.got.letters);
}

std::string json_text(const std::vector<line>& all) {
  nlohmann::ordered_json result;
  if (!all.empty()) {
    const auto& how = all.front().how;
    result = {{"tasks_per_worker", how.tasks_per_worker},
              {"distribution", to_string(how.kind)},
              {"task_time_ns", how.task_time.count()},
              {"schedule", cohort::dispatch::to_string(how.schedule.how)},
              {"seed", how.seed},
              {"costs", costs_object(how.cost)}};
  }
  auto& lines = result["results"] = nlohmann::ordered_json::array();
  for (const auto& each : all) {
    lines.push_back({{"workers", each.how.workers},
                     {"groups", each.how.groups},
                     {"tasks", each.got.tasks},
                     {"simulated_seconds", each.got.simulated_seconds},
                     {"work_seconds", each.got.work_seconds},
                     {"efficiency", each.got.efficiency},
                     {"root_busy", each.got.root_busy},
                     {"leaders_busy", each.got.leaders_busy},
                     {"letters", each.got.letters},
                     {"events", each.got.events},
                     {"seconds", each.seconds}});
  }
  return result.dump(2);
}

}  // namespace cohort_simulate
