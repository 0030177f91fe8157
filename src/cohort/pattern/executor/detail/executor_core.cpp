#include <cohort/core/detail/deadline.hpp>
#include <cohort/core/host_name.hpp>
#include <cohort/pattern/crew/clock.hpp>
#include <cohort/pattern/detail/surviving.hpp>
#include <cohort/pattern/executor/detail/executor_core.hpp>
#include <cohort/pattern/executor/detail/remote_call.hpp>
#include <cohort/pattern/executor/detail/store_writer.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>

namespace cohort::detail {

using namespace std::chrono_literals;

executor_core::executor_core(const communicator& comm, std::shared_ptr<rank_services> local,
                             const executor_options& options, const crew::drain_watch& watch, bool own_thread,
                             bool gangs, std::shared_ptr<store_writer> store,
                             std::shared_ptr<executor_journal> journal, const crew::survival& losses)
    : local_{std::move(local)},
      options_{options},
      store_{std::move(store)},
      journal_{std::move(journal)},
      slots_{static_cast<std::size_t>(comm.size()) * std::max<std::size_t>(options.threads, 1)},
      runner_{local_, options.threads, own_thread, watch},
      told_{runner_, watch},
      coordinator_{comm, told_, *this, {.prefetch = options.prefetch}, host_name(), losses},
      lane_open_{own_thread && local_->queues().serves_default(comm.rank())} {
  if (watch.signals || watch.runs) drain_.emplace(options.drain, dispatch::duration{0}, slots_);
  if (gangs) make_gangs(options.threads);
  joined(static_cast<dispatch::worker_id>(comm.rank()));
  if (own_thread) follower_ = std::thread{[this] { follow_tasks(); }};
}

executor_core::~executor_core() {
  {
    const std::lock_guard lock{mutex_};
    closing_ = true;
  }
  stop_following_.notify_all();
  if (follower_.joinable()) follower_.join();
}

std::shared_ptr<const keeping> executor_core::keeping_of(const submit_options& options) const {
  if (store_ == nullptr) return nullptr;
  if (options.reuse && options.id.empty())
    throw argument_error{
        "executor: reuse without an id (a new id has no result yet); name the task by submit_options::id"};
  return std::make_shared<keeping>(keeping{store_, options.id, options.name, options.reuse});
}

void executor_core::submit(std::shared_ptr<future_core> core, task_frame&& frame, const task_terms& terms) {
  if (journal_ != nullptr && frame.call != nullptr) {
    if (const auto result = journal_->find(frame, modules(), *core)) {
      settle(core, [&] {
        core->succeed(*result);
        if (!core->kept) return;
        kept_result(*core, *result, 0);
        kept_succeeded(*core, -1, {}, 0);
      });
      return;
    }
  }
  task_entry made;
  made.head = {frame.invoker, 0, terms.priority, terms.say_started, terms.guarded};
  made.bytes = std::move(frame.bytes);
  const std::lock_guard lock{mutex_};
  if (core->ended()) return;  // cancelled while it waited for its arguments
  made.head.number = submitted_++;
  made.function = functions_.find(frame.invoker, frame.name);
  ++functions_[made.function].submitted;
  auto& told = *core;
  made.core = std::move(core);
  if (frame.anywhere && functions_.is_tiny(made.function) && !told.kept && may_stay(terms)) {
    told.id = lane_.push(std::move(made));
    stir();
    return;
  }
  told.id = add(std::move(made), terms);
  // The first goes at once, the others in letters that grow as more are submitted without a wait.
  if (++unsent_ >= send_at_) {
    send_at_ = std::min<std::size_t>(2 * send_at_, 64);
    drive(0ns);
  }
}

std::uint64_t executor_core::add(task_entry&& what, const task_terms& terms) {
  using std::chrono::nanoseconds;
  dispatch::task_options options{.priority = terms.priority,
                                 .retries = terms.retries,
                                 .timeout = nanoseconds{terms.timeout},
                                 .backoff = nanoseconds{terms.backoff},
                                 .backoff_max = nanoseconds{terms.backoff_max},
                                 .queue = terms.ranks > 1 ? gangs_->queue() : terms.queue,
                                 .part = what.core == nullptr};
  if (terms.countdown != 0) options.not_before = crew::now() + time_limit{nanoseconds{terms.countdown}}.length();
  if (terms.expires != 0) options.expires = crew::now() + time_limit{nanoseconds{terms.expires}}.length();
  const auto id = coordinator_.scheduler().add(options);
  stir();
  what.ranks = terms.ranks;
  what.queue = terms.queue;
  what.timeout = nanoseconds{terms.timeout};
  what.series = terms.series != 0;
  entries_.emplace_back(std::move(what));
  return id;
}

void executor_core::limit_rate(const std::string& queue, double per_second, std::uint32_t burst) {
  const auto id = local_->queues().find(queue);
  const std::lock_guard lock{mutex_};
  coordinator_.scheduler().limit_rate(id, per_second, burst);
  std::erase(limited_, id);
  if (std::isfinite(per_second)) limited_.push_back(id);
  if (id == 0) {
    lane_open_ = false;
    release_lane();
  }
}

bool executor_core::one_by_one(dispatch::queue_id queue) {
  const std::lock_guard lock{mutex_};
  return std::find(limited_.begin(), limited_.end(), queue) != limited_.end();
}

void executor_core::at_end(std::function<void()> what) {
  const std::lock_guard lock{mutex_};
  at_end_.push_back(std::move(what));
}

void executor_core::joined(dispatch::worker_id worker) {
  if (gangs_) return gangs_->joined(worker);
  const auto queues = local_->queues().served_by(static_cast<int>(worker));
  if (!queues.empty()) coordinator_.scheduler().serve(worker, queues);
}

void executor_core::heard(const heard_report& said) {
  if (drain_ && !is_seat(said.of.task)) drain_->heard(said);  // a seat waits for others before it runs
  const bool began = said.what == crew::report::kind::started;
  if (gangs_ && said.worker == gangs_->worker()) {
    const bool counts = began ? coordinator_.scheduler().state(said.of.task) == dispatch::task_state::started
                              : said.counts && said.what != crew::report::kind::stopped;
    if (counts) entries_[said.of.task].leader = said.member;
  }
  if (store_ == nullptr || !began || coordinator_.scheduler().state(said.of.task) != dispatch::task_state::started)
    return;
  const auto& task = entries_[said.of.task];
  const auto where = rank_of(said.worker, said.of.task);
  if (task.core && task.core->kept) kept_started(*task.core, static_cast<int>(where), coordinator_.host(where));
}

void executor_core::cancel_submitted(const future_core& core) {
  if (own_lane::knows(core.id)) {
    cancel_own(core);
    return;
  }
  coordinator_.scheduler().cancel(core.id);
  drive(0ns);
}

task_state executor_core::state(const future_core& core) {
  const std::lock_guard lock{mutex_};
  if (core.ended() || core.id == future_core::none || own_lane::knows(core.id)) return core.last_state();
  const bool runs = coordinator_.scheduler().state(core.id) == dispatch::task_state::started;
  return runs ? task_state::started : core.last_state();
}

std::size_t executor_core::task_size(dispatch::task_id task) {
  if (is_seat(task))
    return sizeof(frame_head) + sizeof(crew::job) + entries_[gangs_->gang_of(task).task].bytes.size();
  if (entries_[task].ranks > 1) return 0;  // its seats carry it
  return sizeof(frame_head) + entries_[task].bytes.size();
}

void executor_core::write_task(dispatch::task_id task, std::byte* to) {
  if (is_seat(task)) return write_seat(task, to);
  const auto& what = entries_[task];
  if (what.ranks > 1) return;
  std::memcpy(to, &what.head, sizeof what.head);
  if (!what.bytes.empty()) std::memcpy(to + sizeof what.head, what.bytes.data(), what.bytes.size());
}

void executor_core::keep_result(dispatch::task_id task, std::span<const std::byte> payload) {
  if (is_seat(task)) return gangs_->keep_result(task, payload);
  auto& of = entries_[task];
  const auto took = take_head<std::int64_t>(payload);
  const double seconds = static_cast<double>(took) * 1e-9;
  functions_[of.function].seconds += seconds;
  functions_.learn_sent(of.function, dispatch::duration{took});
  finish(of, nested_note::kind::succeeded, payload);
  if (of.core && of.core->kept) kept_result(*of.core, payload, seconds);
}

void executor_core::keep_error(dispatch::task_id task, std::span<const std::byte> payload) {
  if (is_seat(task)) return gangs_->keep_error(task, payload);
  entries_[task].error.assign(payload.begin(), payload.end());
}

void executor_core::deliver(const dispatch::deliver& what) {
  if (is_seat(what.task)) {
    gangs_->deliver(what.task);
    return entries_.erase(what.task);
  }
  const auto& of = entries_[what.task];
  ++functions_[of.function].succeeded;
  const auto where = rank_of(what.worker, what.task);
  if (of.core && of.core->kept)
    kept_succeeded(*of.core, static_cast<int>(where), coordinator_.host(where), of.retries + 1);
  entries_.erase(what.task);
}

void executor_core::retry(const dispatch::retry& what) {
  auto& of = entries_[what.task];
  ++of.retries;
  if (what.reason == dispatch::end_reason::lost) {
    ++rerun_[what.worker];
    if (drain_) drain_->lost(what.task);
  }
  if (of.core) of.core->retrying();
  if (of.core && of.core->kept) kept_retrying(*of.core, of.retries);
}

void executor_core::give_up(const dispatch::give_up& what) {
  if (is_seat(what.task)) {
    gangs_->give_up(what.task, what.reason);
    return entries_.erase(what.task);
  }
  auto& of = entries_[what.task];
  failure_record record;
  if (!of.error.empty() && what.reason == dispatch::end_reason::failed) {
    record = serial::unpack<failure_record>(of.error);
  }
  auto& failure = record.failure;
  failure.reason = what.reason;
  failure.task = of.head.number;
  failure.attempt = of.retries;
  auto& counts = functions_[of.function];
  if (what.reason == dispatch::end_reason::drained) {
    failure.message = drain_->reason();
    if (of.core && !of.series) leave_out(failure, *of.core);
  } else if (what.reason == dispatch::end_reason::cancelled || what.reason == dispatch::end_reason::expired) {
    ++counts.cancelled;
  } else {
    ++counts.failed;
    if (what.reason == dispatch::end_reason::timed_out)
      failure.message = fmt::format("{:g} s", std::chrono::duration<double>(of.timeout).count());
    if (of.ranks == 1 || what.reason != dispatch::end_reason::failed) {  // else it says which member it was
      const auto where = rank_of(what.worker, what.task);
      failure.rank = static_cast<int>(where);
      failure.host = coordinator_.host(where);
    }
  }
  std::vector<std::byte> bytes;
  append_packed(bytes, record);
  finish(of, nested_note::kind::failed, bytes);
  entries_.erase(what.task);
}

void executor_core::finish(task_entry& of, nested_note::kind how, std::span<const std::byte> outcome) {
  if (!of.core) {
    if (nested_.erase(nested_key(of.submitter, of.number)) == 0) return;  // with its rank
    nested_note head;
    head.what = how;
    head.number = of.number;
    coordinator_.tell(of.submitter, with_head(head, outcome));
    return;
  }
  auto& core = *of.core;
  if (how == nested_note::kind::succeeded) {
    core.succeed(outcome);
    if (core.recorded_as && core.last_state() == task_state::succeeded) journal_->record(core, outcome);
  } else {
    auto record = serial::unpack<failure_record>(outcome);
    if (core.name) record.failure.name = *core.name;
    core.fail({std::move(record.failure), std::move(record.exception), exceptions(), nullptr});
  }
  ended(core);
  remember(of.core);
}

void executor_core::lost(const future_core& failed) {
  ++lost_failures_;
  if (!lost_failure_) lost_failure_ = failed.failure();
}

void executor_core::note(dispatch::worker_id worker, crew::job, std::span<const std::byte> payload) {
  if (gangs_ && gangs_->note(payload)) return;
  const auto head = take_head<nested_note>(payload);
  if (head.what == nested_note::kind::data) {
    data_->hear(worker, coordinator_.host(worker), payload, data_teller());
    return;
  }
  const auto key = nested_key(worker, head.number);
  if (head.what == nested_note::kind::cancel) {
    if (const auto found = nested_.find(key); found != nested_.end())
      coordinator_.scheduler().cancel(found->second);
    return;
  }
  if (head.what == nested_note::kind::unasked) {
    auto record = serial::unpack<failure_record>(payload);
    ++lost_failures_;
    if (!lost_failure_)
      lost_failure_ = failed_task{std::move(record.failure), std::move(record.exception), exceptions(), nullptr};
    return;
  }
  if (closing_ || (!coordinator_.lost().empty() && !served(head.terms.queue))) {
    failure_record record;
    record.failure.reason = dispatch::end_reason::cancelled;
    std::vector<std::byte> bytes;
    append_packed(bytes, record);
    nested_note answer;
    answer.what = nested_note::kind::failed;
    answer.number = head.number;
    coordinator_.tell(worker, with_head(answer, bytes));
    return;
  }
  task_entry made;
  made.head = {head.invoker, submitted_++, head.terms.priority, head.terms.say_started, head.terms.guarded};
  made.bytes = buffer<std::byte>(payload.size());
  if (!payload.empty()) std::memcpy(made.bytes.data(), payload.data(), payload.size());
  made.submitter = worker;
  made.number = head.number;
  made.function = functions_.find(head.invoker, nullptr);
  ++functions_[made.function].submitted;
  nested_[key] = add(std::move(made), head.terms);
}

}  // namespace cohort::detail
