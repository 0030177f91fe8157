#include <cohort/core/error.hpp>
#include <cohort/pattern/crew/levels.hpp>

#include "bench/simulate/master.hpp"
#include "bench/simulate/settings.hpp"
#include "bench/simulate/worker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace cohort_simulate {
namespace {

/// All ranks, and who is whose master. Rank 0 has the root; it works, as the ranks with a sub-master do.
class simulation {
 public:
  explicit simulation(const settings& what) : world_{what} {
    auto at_root = what.schedule;
    if (what.groups > 0) at_root.quantum *= cohort::crew::levels::longer_messages;
    masters_.emplace_back(0U, at_root);
    add_worker(0, true);
    if (what.groups == 0) {
      for (std::uint32_t i = 1; i < what.workers; ++i) add_worker(0, false);
    } else {
      add_groups(what.workers - 1, what.groups);
    }
  }

  result run() {
    masters_.front().begin(world_);
    while (!world_.events.empty()) happen(world_.events.pop());
    return judge();
  }

 private:
  void add_worker(std::uint32_t of, bool local) {
    const auto number = static_cast<std::uint32_t>(workers_.size());
    const auto known_as = masters_[of].join({number, false, local, 1});
    workers_.emplace_back(number, of, known_as, local);
  }

  void add_groups(std::uint32_t ranks, std::uint32_t groups) {
    masters_.reserve(groups + std::size_t{1});
    for (std::uint32_t g = 0; g < groups; ++g) {
      const std::uint32_t size = ranks / groups + (g < ranks % groups ? 1 : 0);
      const auto number = g + 1;
      const auto known_as = masters_.front().join({number, true, false, size});
      masters_.emplace_back(number, world_.how.schedule, 0U, known_as);
      for (std::uint32_t i = 0; i < size; ++i) add_worker(number, i == 0);
    }
  }

  void happen(const event& e) {
    switch (e.what) {
      case event::kind::master_hears:
        return masters_[e.who].hear(world_, e.when, e.letter);
      case event::kind::master_reads:
        return masters_[e.who].read(world_, e.when, e.letter);
      case event::kind::master_reports:
        return masters_[e.who].report(world_, e.when, e.letter);
      case event::kind::letter_comes:
        return workers_[e.who].letter_comes(world_, e.when, e.letter);
      case event::kind::worker_looks:
        return workers_[e.who].look(world_, e.when);
      case event::kind::task_ends:
        return workers_[e.who].task_ends(world_, e.when);
      case event::kind::worker_reports:
        return workers_[e.who].report(world_, e.when, e.letter);
    }
  }

  [[nodiscard]] result judge() const {
    const master& root = masters_.front();
    const auto tasks = world_.how.tasks_per_worker * world_.how.workers;
    if (!root.finished() || root.delivered() != tasks) {
      throw cohort::error{
          fmt::format("the simulation ended with {} of {} tasks (a defect of the scheduler or of the "
                      "simulator); please report it with the command line",
                      root.delivered(), tasks)};
    }
    const auto end = static_cast<double>(root.end());
    result r;
    r.tasks = tasks;
    r.work_seconds = static_cast<double>(root.work()) * 1e-9;
    r.simulated_seconds = end * 1e-9;
    r.efficiency = r.work_seconds / (world_.how.workers * r.simulated_seconds);
    r.root_busy = static_cast<double>(root.busy()) / end;
    for (std::size_t m = 1; m < masters_.size(); ++m) {
      r.leaders_busy = std::max(r.leaders_busy, static_cast<double>(masters_[m].busy()) / end);
    }
    r.letters = world_.mail.sent();
    r.events = world_.events.planned();
    return r;
  }

  world world_;
  std::vector<master> masters_;
  std::vector<worker> workers_;
};

}  // namespace

result simulate(const settings& what) {
  return simulation{what}.run();
}

}  // namespace cohort_simulate
