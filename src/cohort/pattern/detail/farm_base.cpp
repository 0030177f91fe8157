#include <cohort/collective/bcast.hpp>
#include <cohort/core/host_name.hpp>
#include <cohort/pattern/crew/backoff.hpp>
#include <cohort/pattern/crew/clock.hpp>
#include <cohort/pattern/crew/coordinator.hpp>
#include <cohort/pattern/crew/drain_runner.hpp>
#include <cohort/pattern/crew/gang/gang_front.hpp>
#include <cohort/pattern/crew/gang/left_inside.hpp>
#include <cohort/pattern/crew/gang/seat_runner.hpp>
#include <cohort/pattern/crew/gang/thread_needs.hpp>
#include <cohort/pattern/crew/left_behind.hpp>
#include <cohort/pattern/detail/drain_desk.hpp>
#include <cohort/pattern/detail/farm_base.hpp>
#include <cohort/pattern/detail/farm_settings.hpp>
#include <cohort/pattern/detail/surviving.hpp>
#include <cohort/serial/pack.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace cohort::detail {
namespace {

using namespace std::chrono_literals;

/// As long as it takes, in a number that can be added to the time.
constexpr std::chrono::nanoseconds unlimited = std::chrono::hours{24 * 365 * 100};

dispatch::settings root_settings(const farm_options& options, const crew::levels& ranks) {
  auto result = settings_of(options);
  if (ranks.two()) result.quantum *= crew::levels::longer_messages;
  return result;
}

}  // namespace

struct farm_base::engine {
  engine(farm_rank&& mine, const crew::levels& ranks, client& program, const farm_options& options,
         const std::string& host)
      : local{mine.watch.watched(std::move(mine.work)), options.threads, options.timeout > 0ns,
              std::move(mine.place)},
        told{local, mine.watch},
        front{options.ranks > 1
                  ? std::make_unique<crew::gang_front>(program, static_cast<std::uint32_t>(options.ranks),
                                                       options.timeout > 0ns || mine.watch.runs != nullptr)
                  : nullptr},
        coordinator{ranks.top(),
                    told,
                    front ? *front : program,
                    root_settings(options, ranks),
                    host,
                    survival_of(survives(options.fault_tolerant))} {
    if (mine.watch.signals || mine.watch.runs) {
      const auto slots = static_cast<std::size_t>(ranks.all().size()) * options.threads;
      drain.emplace(options.drain, options.timeout, slots);
    }
    if (front)
      front->attach(coordinator, static_cast<dispatch::worker_id>(ranks.root()), std::max(options.threads, 1U));
  }

  crew::seat_runner local;
  crew::drain_runner told;                  ///< the same, with signals
  std::unique_ptr<crew::gang_front> front;  ///< null: each task is one rank's
  crew::coordinator coordinator;
  std::optional<drain_desk> drain;  ///< if the run may have to wind up
};

farm_base::~farm_base() = default;

farm_base::farm_base(const crew::levels& ranks, farm_rank&& mine, const farm_options& options)
    : ranks_{ranks},
      options_{options},
      host_{host_name()},
      engine_{owned<engine>::make(std::move(mine), ranks, *this, options, host_)} {
  options_.fault_tolerant = survives(options.fault_tolerant);
  if (!ranks_.two()) return;
  for (int r = 0; r != ranks_.all().size(); ++r) did_.push_back({ranks_.host(r), 0, 0});
}

farm_report farm_base::run() {
  const auto begun = crew::now();
  std::exception_ptr thrown;
  try {
    loop();
  } catch (...) {
    // A callback or the input threw: the other ranks must be let go before anybody hears of it.
    thrown = std::current_exception();
    silenced_ = true;
    cancel();
    while (!engine_->coordinator.finished()) engine_->coordinator.step(1ms);
  }
  farm_report report;
  const auto report_now = [&] {
    report = make_report(std::chrono::duration<double>(crew::now() - begun).count());
    return serial::pack(report);
  };
  auto leftovers = engine_->coordinator.dismiss(patience(), report_now);
  if (!*options_.fault_tolerant) {
    if (ranks_.two()) leftovers = all_leftovers(ranks_, engine_->local.unfinished());
    (void)report_now();
    ranks_.all().bcast(report, {.root = ranks_.root()});
  }
  auto inside = left_inside();
  if (engine_->front) ranks_.all().bcast(inside, {.root = ranks_.root()});
  if (engine_->local.unfinished() != 0) engine_->local.leave_behind();
  if (!inside.empty()) {
    if (const auto first = first_failure_ ? first_failure_->describe() : "";
        inside.find(first) == std::string::npos)
      inside += "; before that: " + first;
    throw error{crew::with_cause(std::move(inside), thrown)};
  }
  if (thrown) std::rethrow_exception(thrown);
  if (first_failure_) throw task_error{std::move(*first_failure_)};
  if (report.drained()) {
    task_failure first;
    first.reason = dispatch::end_reason::drained;
    if (first_left_) first = std::move(*first_left_);
    throw_drained(drained_run{std::move(first), what_is_left(report), report});
  }
  if (!leftovers.empty()) {
    const auto& first = leftovers.front();
    throw crew::still_running("farm", fmt::format("rank {} ({})", first.worker, report.ranks[first.worker].host),
                              first.jobs, options_.grace);
  }
  return report;
}

void farm_base::loop() {
  auto& scheduler = engine_->coordinator.scheduler();
  const auto slots = static_cast<std::size_t>(ranks_.all().size()) * options_.threads;
  const intake most{options_.window, options_.window_bytes, 2 * slots};
  for (bool more = true; !engine_->coordinator.finished();) {
    if (more && !cancelled_ && !scheduler.is_winding_up()) more = refill(most);
    mind_the_time(more);
    if (!more || cancelled_ || scheduler.is_winding_up()) scheduler.close();
    const auto heard = engine_->coordinator.last_heard();
    const auto& totals = scheduler.totals();
    const auto ended = totals.added - totals.unfinished();
    const auto begun = crew::now();
    engine_->coordinator.step(crew::backoff::longest);
    // Neither the input's time counts nor a callback's, which comes with a report or with the end of a task.
    const bool idle = heard == engine_->coordinator.last_heard() && ended == totals.added - totals.unfinished();
    idle_ = idle ? idle_ + (crew::now() - begun) : dispatch::duration{0};
    check_stuck();
    check_held();
  }
}

std::chrono::nanoseconds farm_base::patience() const {
  // Only a task that has overrun its timeout may be left behind. If the run was cut short, those that run may not
  // have yet.
  auto grace = std::min(options_.grace, unlimited);
  if (engine_->coordinator.scheduler().is_stopped()) return engine_->drain->grace(grace);
  // A member may wait in MPI for one that has thrown: for ever.
  if (engine_->front) return grace;
  if (options_.timeout == 0ns) return unlimited;
  if (!cancelled_ || stuck_) return grace;
  return std::min(options_.timeout, unlimited - grace) + grace;
}

void farm_base::check_stuck() {
  // Whatever runs is stopped at its timeout. So if we waited longer in vain, every slot is held by a task that was
  // given up and does not return, and those that are left will never run.
  constexpr std::chrono::nanoseconds notice = 6s;  // that a rank is lost, and what it held runs elsewhere
  const auto grace = *options_.fault_tolerant ? std::max(options_.grace, notice) : options_.grace;
  if (options_.timeout == 0ns || idle_ < options_.timeout || idle_ - options_.timeout < grace) return;
  const auto left = engine_->coordinator.scheduler().totals().unfinished();
  if (left == 0) return;
  stuck_ = true;
  throw crew::no_place_to_run("farm", left, options_.grace);
}

/// The same for tasks of several ranks, without a timeout too: nothing is left but tasks that wait for ranks, and
/// the ranks are held by members who do not return.
void farm_base::check_held() {
  if (!engine_->front || !engine_->coordinator.all_here()) return;
  const auto& totals = engine_->coordinator.scheduler().totals();
  const auto held = engine_->front->gangs().held();
  if (totals.queued + held == 0 || totals.assigned != held) {
    held_since_.reset();
  } else if (!held_since_) {
    held_since_ = crew::now();
  } else if (crew::now() - *held_since_ > options_.grace) {
    stuck_ = true;
    throw crew::no_place_to_run("farm", totals.queued + held, options_.grace);
  }
}

/// Which members of tasks of several ranks have not returned, and why; empty: all have.
std::string farm_base::left_inside() const {
  if (!engine_->front) return {};
  return crew::left_inside(
      "farm", engine_->front->gangs(),
      [this](std::span<const std::byte> payload) {
        auto failure = serial::unpack<task_failure>(payload);
        failure.host = engine_->coordinator.host(static_cast<dispatch::worker_id>(failure.rank));
        return failure.describe();
      },
      [this](int rank) {
        return fmt::format("rank {} ({})", rank, engine_->coordinator.host(static_cast<dispatch::worker_id>(rank)));
      },
      options_.grace);
}

void farm_base::add_task() {
  const dispatch::task_options how{.retries = options_.retries, .timeout = options_.timeout};
  if (engine_->front) {
    engine_->front->add(how);
  } else {
    engine_->coordinator.scheduler().add(how);
  }
  if (cancelled_) engine_->coordinator.scheduler().cancel_queued();
}

void farm_base::cancel() {
  cancelled_ = true;
  engine_->coordinator.scheduler().cancel_all();
  engine_->coordinator.scheduler().close();
}

void farm_base::unhandled(task_failure&& failure) {
  if (first_failure_) return;
  first_failure_ = std::move(failure);
  cancel();
}

task_failure farm_base::complete(std::optional<task_failure>&& kept, const dispatch::give_up& what,
                                 std::uint32_t retries) const {
  task_failure failure;
  if (kept && what.reason == dispatch::end_reason::failed) failure = std::move(*kept);
  failure.reason = what.reason;
  failure.task = what.task;
  if (what.reason == dispatch::end_reason::timed_out)
    failure.message = fmt::format("{:g} s", std::chrono::duration<double>(options_.timeout).count());
  if (what.reason == dispatch::end_reason::drained) failure.message = engine_->drain->reason();
  failure.attempt = retries;  // what.attempt counts what was handed back unstarted, too
  if (what.reason != dispatch::end_reason::cancelled && what.reason != dispatch::end_reason::drained) {
    if (!ranks_.two()) {
      // Which member of several failed it says itself.
      if (!engine_->front || what.reason != dispatch::end_reason::failed)
        failure.rank = static_cast<int>(what.worker);
      failure.host = engine_->coordinator.host(static_cast<dispatch::worker_id>(failure.rank));
    } else {
      if (what.reason != dispatch::end_reason::failed) failure.rank = where_it_ran(what);  // else it says so itself
      failure.host = ranks_.host(failure.rank);
    }
  }
  return failure;
}

void farm_base::retrying(const dispatch::retry& what) {
  forget_start(what.task, what.reason == dispatch::end_reason::timed_out);
  if (what.reason == dispatch::end_reason::lost) {
    ++rerun_[what.worker];
    if (engine_->drain) engine_->drain->lost(what.task);
  }
}

void farm_base::lost(dispatch::worker_id worker, std::string_view why) {
  tell_loss("farm", static_cast<int>(worker), engine_->coordinator.host(worker), why);
}

int farm_base::where_it_ran(const dispatch::give_up& what) const {
  const auto began = began_on_.find(what.task);
  return began != began_on_.end() ? began->second : ranks_.rank_of(what.worker);
}

void farm_base::told(dispatch::worker_id worker, std::uint16_t member, int signal) {
  if (!engine_->drain) return;
  const auto rank = ranks_.two() ? ranks_.rank_of(worker, member) : static_cast<int>(worker);
  const auto& host = ranks_.two() ? ranks_.host(rank) : engine_->coordinator.host(worker);
  engine_->drain->told(rank, fmt::format("rank {} ({})", rank, host), signal);
}

/// `more`: there is something left in the input.
void farm_base::mind_the_time(bool more) {
  using phase = drain_desk::phase;
  if (!engine_->drain || cancelled_) return;
  auto& scheduler = engine_->coordinator.scheduler();
  const auto now = engine_->drain->look();
  if (now == phase::none || scheduler.is_stopped()) return;
  if (!scheduler.is_winding_up()) {
    input_left_ = more;
    if (more || scheduler.totals().unfinished() != 0) engine_->drain->say("farm");
    scheduler.wind_up();
  }
  if (now != phase::closing) scheduler.stop_running();
}

void farm_base::left_over(task_failure&& failure) {
  if (!first_left_) first_left_ = std::move(failure);
}

std::string farm_base::what_is_left(const farm_report& report) const {
  return fmt::format("farm: {} of {} tasks were not run to their end{} ({}); run them in the program's next life",
                     report.not_run, report.tasks,
                     report.input_left ? ", and there are more in the input that were not taken" : "",
                     engine_->drain->reason());
}

void farm_base::heard(const heard_report& what) {
  if (engine_->drain) engine_->drain->heard(what);
  if (!ranks_.two()) return;
  const int rank = ranks_.rank_of(what.worker, what.member);
  if (what.what == crew::report::kind::started) {
    const bool runs = engine_->coordinator.scheduler().state(what.of.task) == dispatch::task_state::started;
    if (runs) began_on_[what.of.task] = rank;
    return;
  }
  auto& did = did_[static_cast<std::size_t>(rank)];
  did.busy_seconds += std::chrono::duration<double>(what.took).count();
  if (what.counts && what.what != crew::report::kind::stopped) ++did.tasks;
}

void farm_base::forget_start(dispatch::task_id task, bool timed_out) {
  if (began_on_.empty()) return;
  const auto began = began_on_.find(task);
  if (began == began_on_.end()) return;
  if (timed_out) ++did_[static_cast<std::size_t>(began->second)].tasks;
  began_on_.erase(began);
}

farm_report farm_base::make_report(double seconds) const {
  const auto& scheduler = engine_->coordinator.scheduler();
  const auto& totals = scheduler.totals();
  const auto seats = engine_->front ? engine_->front->gangs().counts() : crew::gang_master::seat_counts{};
  farm_report report;
  report.tasks = totals.added - seats.added;
  report.succeeded = totals.succeeded - seats.succeeded;
  report.not_run = totals.drained - seats.drained;
  report.input_left = input_left_;
  report.failed = report.tasks - report.succeeded - report.not_run;
  for (const auto& [worker, attempts] : rerun_) report.rerun += attempts;
  report.retried = totals.retried - report.rerun;
  report.seconds = seconds;
  report.ranks = did_;
  if (ranks_.two()) return report;
  for (dispatch::worker_id w = 0; w != engine_->coordinator.ranks(); ++w) {
    if (engine_->coordinator.host(w).empty()) {  // lost before it said a word
      report.ranks.emplace_back();
      continue;
    }
    const auto& did = scheduler.worker(w);
    report.ranks.push_back({engine_->coordinator.host(w), did.succeeded + did.failed + did.timed_out,
                            std::chrono::duration<double>(did.busy).count()});
  }
  for (const auto worker : engine_->coordinator.lost()) report.ranks[worker].lost = true;
  for (const auto& [worker, attempts] : rerun_) report.ranks[worker].rerun = attempts;
  return report;
}

}  // namespace cohort::detail
