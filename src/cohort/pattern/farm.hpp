#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/pattern/crew/levels.hpp>
#include <cohort/pattern/crew/survival.hpp>
#include <cohort/pattern/detail/call_fit.hpp>
#include <cohort/pattern/detail/call_traits.hpp>
#include <cohort/pattern/detail/farm_root.hpp>
#include <cohort/pattern/detail/farm_work.hpp>
#include <cohort/pattern/drained_farm.hpp>
#include <cohort/pattern/farm_options.hpp>
#include <cohort/pattern/farm_report.hpp>
#include <cohort/pattern/task_error.hpp>
#include <cohort/pattern/task_sink.hpp>
#include <cohort/pattern/with_state.hpp>

#include <ranges>
#include <type_traits>
#include <utility>
#include <vector>

namespace cohort {

/// Master-worker: the root has tasks, every rank runs a function on them, the root gets the results.
///
///   cohort::farm crawl{world, fetch, {.retries = 3}};                       // every rank
///   auto report = crawl.run(urls, [](page& p) { store(p); });               // every rank; urls and results on the
///   root
///
/// The function takes a task and returns a result, of any types that can be sent; or it takes (task, task_sink&)
/// and creates further tasks, which count only if it succeeds. It runs on every rank, the root too, in a thread
/// that is not the caller's, so on the root at the same time as the callbacks; it must not call MPI (unless the
/// environment has thread_level::multiple). Every task that is accepted ends in exactly one result or one failure.
///
/// A function cannot be ended from outside. At its timeout a task has failed, and is tried again elsewhere if it
/// has retries left, but the rank that runs it is busy until it returns. If it has not by the end of the run and
/// options.grace (5 s) more, its thread is left behind, and run() throws error on that rank and on the root (but
/// not if the farm has wound up and tasks are left, see options.drain): what the function refers to must stay then.
/// Without a timeout run() waits for all that runs, however long, also when a failure ends it early.
///
/// With options.threads > 1 each rank has as many copies of the function, and a copy is called by one thread at a
/// time: what it holds by value needs no lock, what it refers to does.
///
/// With options.ranks > 1 so many ranks run each task together: each calls the function with the task and with the
/// communicator of those who do, for their messages to each other as long as the task runs:
///
///   double norm(const matrix& m, cohort::communicator& members) { ... members.allreduce(part, std::plus{}) ... }
///
/// (or (task, task_sink&, communicator&)). What its rank 0 returns and creates counts; the task fails with what the
/// first member throws. A member that waits in MPI for one that has thrown cannot be called out: if it has not
/// returned options.grace after all else has ended, run() throws error on the root, which names both, and on the
/// rank that is left in there; so agree before you wait. Each rank gives one of its threads at most to a task. With
/// options.ranks of 1 the communicator is the rank alone. Needs thread_level::multiple, as do all functions that
/// take a communicator.
///
/// What each rank makes for its tasks beforehand: see with_state.
///
/// With many ranks there are two levels of masters (options.levels). Nothing else changes for the program.
///
/// With options.fault_tolerant, in a job started by `cohort-run --fault-tolerant` or `mpirun --enable-recovery`, a
/// rank that is lost (killed, crashed, stopped, or cut off; told by two seconds of silence) costs time only: what
/// it ran runs again elsewhere, and counts as rerun, not as retried. A task that has taken three ranks with it is
/// given up, with end_reason::lost. So a task may be run more than once, and a rank that is cut off may still be
/// running it. The root, which runs tasks too, must not be lost: after eight seconds of its silence run() throws
/// crew::root_lost on the others. So it must not stay away from a run for as long (in on_result, say). After a run
/// with a loss:
/// - run() returns as ever on all ranks that are left, and the report says who is lost.
/// - MPI cannot be finalised. The process ends with main's status all the same; for mpirun, which returns 0, the
///   root's is left as the job's verdict (cohort/cluster/verdict.hpp), which cohort-run returns.
/// - A collective call on any communicator with the lost rank would hang, as would this farm: run() and what would
///   make another throw error. Messages between ranks that are left work.
template <class Function>
class farm {
 public:
  /// Collective: duplicates `comm`. `root` holds tasks and results. Throws argument_error, on every rank, for
  /// options that make no sense (more `ranks` than there are among them), and rank_error if a rank cannot make the
  /// state of with_state.
  farm(const communicator& comm, Function function, farm_options options = {}, rooted at = {},
       call_site where = call_site::current())
      : watch_{crew::drain_watch::of(options.drain)},
        levels_{detail::farm_lane(comm, options, at.root, where)},
        function_{made(std::move(function), options, where)},
        options_{options},
        where_{where} {}

  /// Runs all tasks; collective. `tasks` (any input range, also one that is generated as it goes) counts on the
  /// root only; its elements must convert to what the function takes, and a number with a fraction not to an
  /// integer. There `on_result(result)` is called for each result, as it comes or in the order of tasks; it may
  /// take a task_sink& as second argument, to add tasks: on_result(result, submit).
  ///
  /// A task that fails for good goes to `on_failure(const task_failure&)`, which may take the task_sink& too.
  /// Without on_failure the first failure ends the run: nothing more is started, and the root throws task_error.
  ///
  /// If the farm winds up (options.drain) the root throws drained_farm<task> when what runs has ended, with the
  /// tasks that were not run, in the type of the function's parameter; they do not go to on_failure.
  ///
  /// Blocks until every task has ended. Returns the same report on every rank (also where the root throws, unless
  /// the rank leaves a task behind).
  template <std::ranges::input_range Tasks, class OnResult, class OnFailure = std::nullptr_t>
  farm_report run(Tasks&& tasks, OnResult&& on_result, OnFailure&& on_failure = nullptr) {
    using Task = task_of<std::ranges::range_value_t<Tasks>>;
    using Work = detail::farm_work<Called, Task>;
    if constexpr (detail::becomes_task<std::ranges::range_reference_t<Tasks>, Task>() &&
                  detail::can_arrive<Task>() && detail::can_arrive<typename Work::result_type>()) {
      detail::farm_begin(options_, where_);
      auto mine = Work::make(function_, levels_, options_, where_);
      mine.watch = watch_;
      if (levels_.all().rank() != levels_.root()) return detail::farm_serve(levels_, std::move(mine), options_);
      detail::farm_root<Called, Task, Tasks, OnResult, OnFailure> master{levels_, std::move(mine), options_,
                                                                         tasks,   on_result,       on_failure};
      return master.run();
    } else {
      return {};
    }
  }

  /// All results in the order of the tasks, on the root (empty elsewhere): what Python's Pool.map does. Collective.
  /// The first task that fails for good ends the run with task_error; if the farm winds up before all have ended,
  /// drained_map has the results that there are.
  template <std::ranges::input_range Tasks>
  [[nodiscard]] auto map(Tasks&& tasks) {
    using Task = task_of<std::ranges::range_value_t<Tasks>>;
    using Result = typename detail::farm_work<Called, Task>::result_type;
    std::vector<Result> results;
    const auto wanted = options_.ordered;
    options_.ordered = true;
    try {
      run(std::forward<Tasks>(tasks), [&](auto& result) { results.push_back(std::move(result)); });
    } catch (const drained_farm<Task>& left) {
      options_.ordered = wanted;
      throw drained_map<Task, Result>{left, std::move(results)};
    } catch (...) {
      options_.ordered = wanted;
      throw;
    }
    options_.ordered = wanted;
    return results;
  }

 private:
  using Called = typename detail::farm_function<Function>::type;
  Called made(Function&& function, const farm_options& options, const call_site& where) {
    const detail::farm_start until_all_have{levels_, options};
    return detail::farm_function<Function>::make(levels_.all(), std::move(function), where);
  }
  /// What the function takes, if that can be told, else what the range holds.
  template <class Element>
  using task_of = std::conditional_t<std::is_void_v<typename detail::first_parameter<Called>::type>, Element,
                                     typename detail::first_parameter<Called>::type>;

  crew::drain_watch watch_;  ///< first: when one rank has a farm, all note signals
  crew::levels levels_;
  Called function_;
  farm_options options_;
  call_site where_;
};

}  // namespace cohort
