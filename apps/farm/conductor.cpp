#include "farm/conductor.hpp"

#include <cohort/pattern/crew/clock.hpp>

#include "farm/interruption.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <unistd.h>
#include <utility>

namespace cohort_farm {

using namespace std::chrono_literals;
namespace crew = cohort::crew;
namespace dispatch = cohort::dispatch;

namespace {

/// Tasks that the scheduler holds ahead of the workers: enough that none waits, few enough that a list of millions
/// costs no more than a short one.
constexpr std::uint64_t ahead = 1024;

/// For what still runs in the end, though nobody waits for it.
constexpr auto end_grace = 10s;

/// What a worker keeps beyond what it runs hides the way of a message, but would still begin when the rule of
/// --halt says that nothing new may.
std::uint32_t prefetch(const options& how) {
  return how.halt.how == halt_rule::when::never ? dispatch::automatic : 0;
}

bool wants_progress(options::progress show) {
  return show == options::progress::on || (show == options::progress::automatic && is_terminal(STDERR_FILENO));
}

}  // namespace

conductor::conductor(const cohort::communicator& comm, const parts& with, const std::string& host)
    : how_{with.how},
      tasks_{with.tasks},
      todo_{with.todo},
      drain_{with.until},
      local_{with.local},
      out_{with.out},
      guests_{with.guests},
      crew_{comm, with.local,           *this, {.ordered = with.how.keep_order, .prefetch = prefetch(with.how)},
            host, survival_of(with.how)},
      replacements_{crew_, with.how, with.start},
      halt_{with.how.halt, with.todo.size()},
      progress_{STDERR_FILENO, wants_progress(with.how.show)},
      done_before_{with.done_before},
      failed_before_{with.failed_before},
      begun_{crew::now()} {
  out_.connect([this](dispatch::worker_id worker, const bytes& text) { tell_runner(worker, text); });
}

run_figures conductor::run() {
  for (;;) {
    if (interruption::requested() || out_.closed()) {
      stop_everything();
      if (interruption::requested() && local_.unfinished() != 0) local_.end_all();
    }
    mind_the_time();
    refill();
    crew_.step(20ms);
    tell_losses();
    if (guests_ != nullptr) attend_guests();
    mind_replacements();
    out_.pump(20ms);
    show_progress();
    if (crew_.finished() && overdue_.empty() && out_.empty()) break;
  }
  if (guests_ != nullptr) guests_->close(crew_, interruption::requested() ? 700ms : 5s);
  replacements_.leave(end_grace);
  crew_.dismiss(end_grace);
  replacements_.part();
  tell_losses();
  out_.sync_records();
  progress_.clear();
  return figures();
}

void conductor::refill() {
  auto& scheduler = crew_.scheduler();
  while (starting_ && next_ != todo_.size() && scheduler.totals().queued < ahead) {
    scheduler.add({.retries = how_.further_attempts(), .timeout = how_.timeout});
    ++next_;
  }
  if (!starting_ || next_ == todo_.size()) scheduler.close();
}

task_order conductor::order_of(dispatch::task_id task) const {
  const auto position = todo_[static_cast<std::size_t>(task)];
  const auto retried = retries_.find(task);
  return {std::uint64_t{position} + 1, tasks_[position], retried == retries_.end() ? 0 : retried->second};
}

std::size_t conductor::task_size(dispatch::task_id task) {
  return encoded_size(order_of(task));
}

void conductor::write_task(dispatch::task_id task, std::byte* to) {
  encode(order_of(task), to);
}

void conductor::keep_result(dispatch::task_id task, std::span<const std::byte> payload) {
  kept_.insert_or_assign(task, shelf_.put(decode_completion(payload)));
}

void conductor::keep_error(dispatch::task_id task, std::span<const std::byte> payload) {
  keep_result(task, payload);
}

void conductor::deliver(const dispatch::deliver& what) {
  auto entry = kept_.extract(what.task);
  finish(what.worker, {what.task, what.attempt}, shelf_.take(std::move(entry.mapped())));
}

void conductor::give_up(const dispatch::give_up& what) {
  const crew::job of{what.task, what.attempt};
  if (auto entry = kept_.extract(what.task)) {
    finish(what.worker, of, shelf_.take(std::move(entry.mapped())));
    return;
  }
  // The attempt was told to stop; how it ended, and what it had written, comes in a stale report, or has come.
  auto early = early_.extract(key_of(of));
  if (what.reason == dispatch::end_reason::lost) {
    completion how;
    how.seq = order_of(what.task).seq;
    how.attempt = order_of(what.task).attempt;
    how.signal = SIGKILL;
    how.start = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    how.where = how_.results.empty() ? completion::place::here : completion::place::in_files;
    how.err = deadly(how.seq);
    drain_.returned(what.task);
    how.err_bytes = how.err.size();
    finish(what.worker, of, std::move(how));
  } else if (what.reason == dispatch::end_reason::timed_out) {
    if (early) {
      finish(what.worker, of, shelf_.take(std::move(early.mapped())));
    } else {
      overdue_.emplace(key_of(of), what.worker);
      const auto& gone = crew_.lost();
      if (std::find(gone.begin(), gone.end(), what.worker) != gone.end()) end_silent(what.worker);
    }
  } else if (early) {
    drop_output(what.worker, of, shelf_.take(std::move(early.mapped())));
  } else {
    discarded_.insert(key_of(of));  // in vain if no worker had it, but then the run ends
  }
}

void conductor::retry(const dispatch::retry& what) {
  const crew::job of{what.task, what.attempt};
  if (what.reason == dispatch::end_reason::lost) {
    drain_.returned(what.task);
    ++lost_attempts_;
    for (auto& each : untold_) {
      if (each.rank != what.worker) continue;
      each.ran.push_back(order_of(what.task).seq);
      each.again = may_start();
    }
    if (may_start()) {
      ++run_again_;
    } else {
      crew_.scheduler().cancel(what.task);
    }
    return;
  }
  ++retries_[what.task];
  if (!starting_) crew_.scheduler().cancel(what.task);  // another attempt would be something new
  if (auto entry = kept_.extract(what.task)) {
    drop_output(what.worker, of, shelf_.take(std::move(entry.mapped())));
  } else {
    discarded_.insert(key_of(of));
  }
}

void conductor::lost(dispatch::worker_id worker, std::string_view why) {
  untold_.push_back({worker, crew_.host(worker), std::string{why}});
  if (!is_guest(worker)) out_.lose(worker);
  replacements_.lost(worker);
  if (!may_start()) crew_.scheduler().cancel_queued();  // what it had, begun or not, is not begun elsewhere
  end_silent(worker);
}

/// Nobody will tell how attempts on a lost rank ended that overran their timeout.
void conductor::end_silent(dispatch::worker_id worker) {
  std::vector<crew::job> silent;
  for (const auto& [key, where] : overdue_) {
    if (where == worker) silent.push_back({key.first, key.second});
  }
  for (const auto& of : silent) {
    overdue_.erase(key_of(of));
    drain_.returned(of.task);
    ++timed_out_;
    completion how;
    how.seq = order_of(of.task).seq;
    how.attempt = order_of(of.task).attempt;
    how.exit_status = -1;
    how.signal = SIGKILL;
    how.runtime = std::chrono::duration<double>(how_.timeout).count();
    how.start =
        std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count() - how.runtime;
    how.where = how_.results.empty() ? completion::place::here : completion::place::in_files;
    finish(worker, of, std::move(how));
  }
}

/// By now the scheduler has told what the lost ranks ran.
void conductor::tell_losses() {
  for (auto& each : untold_) {
    std::sort(each.ran.begin(), each.ran.end());
    progress_.clear();
    (void)std::fputs(describe(each).c_str(), stderr);
  }
  untold_.clear();
}

void conductor::mind_replacements() {
  for (const auto& line : replacements_.look(may_start() && not_begun() != 0)) remark(line);
}

void conductor::note(dispatch::worker_id, crew::job, std::span<const std::byte> payload) {
  if (payload.empty()) {
    told_to_drain_ = true;
  } else {
    out_.receive(decode_chunk(payload));
  }
}

void conductor::stale(dispatch::worker_id worker, crew::job of, std::span<const std::byte> payload) {
  const auto key = key_of(of);
  auto how = decode_completion(payload);
  // As GNU parallel tells it; even if the command, told to end, ended well.
  const auto overran = how_.timeout > 0ns && how.runtime >= std::chrono::duration<double>(how_.timeout).count();
  if (overran) how.exit_status = -1;
  if (overdue_.erase(key) != 0) {
    if (overran) ++timed_out_;
    finish(worker, of, std::move(how));
  } else if (discarded_.erase(key) != 0) {
    drop_output(worker, of, how);
  } else {
    early_.emplace(key, shelf_.put(std::move(how)));
  }
}

void conductor::finish(dispatch::worker_id worker, crew::job of, completion&& how) {
  ++ended_;
  retries_.erase(of.task);
  if (!how.succeeded()) ++failed_;
  const task_end end{how.exit_status, how.signal};
  progress_.clear();
  auto host = how.host.empty() ? crew_.host(worker) : how.host;
  out_.add({worker, of, std::move(how), tasks_[todo_[static_cast<std::size_t>(of.task)]], std::move(host)});
  obey(halt_.ended(end));
}

void conductor::drop_output(dispatch::worker_id worker, crew::job of, const completion& how) {
  if (how.where == completion::place::at_runner) tell_runner(worker, encode(release{of}));
}

/// About an output that it keeps. Those of guests are in files, as long as these are wanted.
void conductor::tell_runner(dispatch::worker_id worker, const bytes& text) {
  if (is_guest(worker)) {
    guests_->ask(worker, text);
  } else {
    crew_.tell(worker, text);
  }
}

void conductor::attend_guests() {
  guests_->attend(crew_, [this](const std::string& text) { remark(text); });
  for (int most = 64; most != 0; --most) {
    const auto piece = guests_->next_piece();
    if (!piece) return;
    out_.receive(decode_chunk(*piece));
  }
}

void conductor::obey(halt_policy::verdict verdict) {
  if (verdict == halt_policy::verdict::soon) stop_starting();
  if (verdict == halt_policy::verdict::now) stop_everything();
}

void conductor::stop_starting() {
  if (!starting_) return;
  starting_ = false;
  crew_.scheduler().cancel_queued();
}

void conductor::stop_everything() {
  starting_ = false;
  crew_.scheduler().cancel_all();
}

double conductor::seconds() const {
  return std::chrono::duration<double>(crew::now() - begun_).count();
}

std::uint64_t conductor::running() const {
  std::uint64_t result = 0;
  for (dispatch::worker_id w = 0; w != crew_.workers(); ++w) {
    if (crew_.host(w).empty()) continue;  // has not come yet
    const auto& does = crew_.scheduler().worker(w);
    result += std::min(does.assigned, slots(w));
  }
  return result;
}

void conductor::show_progress() {
  const auto now = progress_display::clock::now();
  if (!progress_.due(now)) return;
  progress_.update({.total = tasks_.size(),
                    .earlier = done_before_,
                    .done = ended_,
                    .failed = failed_,
                    .running = running(),
                    .seconds = seconds()},
                   now);
}

run_figures conductor::figures() const {
  const auto& scheduler = crew_.scheduler();
  run_figures result{.total = tasks_.size(),
                     .earlier = done_before_,
                     .earlier_failed = failed_before_,
                     .succeeded = ended_ - failed_,
                     .failed = failed_,
                     .timed_out = timed_out_,
                     .retried = scheduler.totals().retried - lost_attempts_,
                     .lost_ranks = crew_.lost().size(),
                     .replaced = replacements_.joined(),
                     .run_again = run_again_,
                     .unread = out_.lost(),
                     .seconds = seconds(),
                     .ranks = {},
                     .note = halt_.reason()};
  for (dispatch::worker_id w = 0; w != crew_.workers(); ++w) {
    if (crew_.host(w).empty()) continue;  // lost before it came
    const auto& did = scheduler.worker(w);
    result.ranks.push_back({.rank = w,
                            .host = crew_.host(w),
                            .tasks = did.succeeded + did.failed + did.timed_out,
                            .busy = std::chrono::duration<double>(did.busy).count(),
                            .slots = slots(w)});
  }
  return result;
}

}  // namespace cohort_farm
