#pragma once

#include <cohort/dispatch/scheduler.hpp>

#include "bench/simulate/world.hpp"

#include <cstdint>
#include <deque>
#include <vector>

namespace cohort_simulate {

/// A rank with a scheduler: what cohort/pattern/crew/coordinator.cpp is around the same scheduler, with events in
/// the place of messages. It does one thing at a time, and each takes time. The root adds the tasks. A sub-master
/// is a worker to the root, with as many slots as its group has workers, and passes on what it gets.
class master {
 public:
  static constexpr std::uint32_t nobody = 0xffffffffU;

  /// Who a worker of a master is: a worker, or another master.
  struct subordinate {
    std::uint32_t number = 0;
    bool is_master = false;
    bool local = false;
    std::uint32_t slots = 1;
  };

  /// `above` has it as `known_as`; the root has nobody above it.
  master(std::uint32_t number, const cohort::dispatch::settings& how, std::uint32_t above = nobody,
         std::uint32_t known_as = 0)
      : number_{number}, above_{above}, known_as_{known_as}, scheduler_{how} {}

  /// A worker of this master; its number among them. Before the simulation begins.
  std::uint32_t join(const subordinate& who);

  /// Root only: the first tasks.
  void begin(world& w);

  /// Events. @{
  void hear(world& w, moment now, std::uint32_t letter);
  void read(world& w, moment now, std::uint32_t plan);
  void report(world& w, moment now, std::uint32_t which);
  /// @}

  [[nodiscard]] const cohort::dispatch::scheduler& scheduler() const { return scheduler_; }
  [[nodiscard]] bool finished() const { return finished_; }
  [[nodiscard]] moment end() const { return free_at_; }
  [[nodiscard]] moment busy() const { return busy_; }
  [[nodiscard]] std::uint64_t delivered() const { return delivered_; }
  [[nodiscard]] moment work() const { return work_; }

 private:
  struct entry {
    item order;  ///< from above: the attempt there
    bool live = true;
  };

  void take(std::uint32_t from, const item& what, moment at);
  void give_back(std::uint64_t most);
  void refill(world& w);
  moment act(world& w, moment at);
  moment flush(world& w, moment at);
  moment report_if_due(world& w, moment at);
  moment send_up(world& w, moment at);
  void write(std::uint32_t worker, const item& what);
  [[nodiscard]] moment length_of(world& w, std::uint64_t task) const;

  std::uint32_t number_;
  std::uint32_t above_;
  std::uint32_t known_as_;
  cohort::dispatch::scheduler scheduler_;
  std::vector<subordinate> workers_;
  std::vector<std::vector<item>> letters_;  ///< to each worker, not yet sent
  std::vector<std::uint32_t> unsent_;       ///< whose letters are not empty
  letter reading_;

  std::deque<std::uint32_t> inbox_;
  bool planned_ = false;    ///< a look at the inbox
  std::uint32_t plan_ = 0;  ///< its number; a later one replaces it
  moment planned_at_ = 0;
  moment free_at_ = 0;
  moment since_ = 0;  ///< when it last noticed anything
  moment busy_ = 0;

  // The root's.
  std::uint64_t delivered_ = 0;
  moment work_ = 0;
  bool finished_ = false;

  // A sub-master's.
  std::uint32_t slots_ = 0;
  std::deque<entry> entries_;  ///< tasks from above, by number here
  std::uint64_t first_ = 0;    ///< the number of the first of these
  std::uint64_t unfinished_ = 0;
  std::vector<item> up_;  ///< reports to the root
  moment oldest_ = 0;
  std::uint32_t reports_ = 0;  ///< letters sent to the root so far
  bool due_planned_ = false;
};

}  // namespace cohort_simulate
