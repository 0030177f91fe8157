#include <cohort/core/error.hpp>
#include <cohort/pattern/executor/detail/failure_record.hpp>
#include <cohort/pattern/executor/detail/membership.hpp>
#include <cohort/pattern/executor/detail/rank_services.hpp>
#include <cohort/pattern/executor/task_context.hpp>

#include <fmt/format.h>

#include <utility>

/// What a rank's tasks ask of the executor: tasks of their own, and what becomes of them.
namespace cohort::detail {

void rank_services::post(const nested_note& head, std::span<const std::byte> body) {
  post(with_head(head, body));
}

void rank_services::post(std::vector<std::byte>&& note) {
  if (runner_ == nullptr) {
    throw error{
        "executor: a task that was left behind submits another (the executor has ended); make tasks end by "
        "themselves"};
  }
  runner_->say({crew::report::kind::note, {}, {}, std::move(note)});
}

task_terms rank_services::terms(const submit_options& options) const {
  auto result = checked_terms(options);
  if (options.guarded && !guard_) {
    throw argument_error{
        "executor: a guarded task cannot run here (the process that would fork it must be made before MPI begins); "
        "start the executor with run_executor(argc, argv, ...), without an environment around it"};
  }
  result.queue = queues_.find(options.queue);
  check_ranks(options, result.queue);
  return result;
}

void rank_services::check_ranks(const submit_options& options, dispatch::queue_id queue) const {
  if (options.ranks == 1) return;
  if (survives_) {
    throw argument_error{fmt::format(
        "executor: a task of {} ranks in a fault-tolerant executor (the loss of one would hang the others in MPI); "
        "leave out ranks, or start the executor with fault_tolerant = false",
        options.ranks)};
  }
  int servers = 0;
  for (int r = 0; r != ranks_; ++r) servers += queues_.serves(r, queue) ? 1 : 0;
  if (options.ranks > servers) {
    throw argument_error{
        fmt::format("executor: a task of {} ranks cannot run ({} serve the queue {}); ask for at most so many",
                    options.ranks, servers, queues_.name(queue))};
  }
  if (!desk_) throw_no_threads("a task of several ranks");
}

void rank_services::submit(std::shared_ptr<future_core> core, task_frame&& frame, const task_terms& terms) {
  const std::lock_guard lock{mutex_};
  if (core->ended()) return;  // cancelled while it waited for its arguments
  nested_note head;
  head.what = nested_note::kind::submit;
  head.number = next_++;
  head.invoker = frame.invoker;
  head.terms = terms;
  core->id = head.number;
  post(head, {frame.bytes.data(), frame.bytes.size()});
  waited_for_.emplace(head.number, std::move(core));
}

bool rank_services::wait(const std::function<bool()>& ready, std::optional<clock::time_point> deadline) {
  std::unique_lock lock{mutex_};
  if (ready()) return true;
  // The task holds no slot while it waits: others run here, those that it waits for among them.
  const crew::thread_runner::hold pause{runner_};
  if (!deadline) {
    news_.wait(lock, ready);
    return true;
  }
  return news_.wait_until(lock, *deadline, ready);
}

void rank_services::news() {
  {
    // Callbacks may have changed what somebody waits for who has looked, but does not sleep yet.
    const std::lock_guard lock{mutex_};
  }
  news_.notify_all();
}

std::shared_ptr<void> rank_services::rest() {
  const std::lock_guard lock{mutex_};
  return std::make_shared<crew::thread_runner::hold>(runner_);
}

void rank_services::cancel_submitted(const future_core& core) {
  nested_note head;
  head.what = nested_note::kind::cancel;
  head.number = core.id;
  post(head, {});
}

/// Failures of nested tasks whose futures have gone are the root's to tell.
void rank_services::tell_unasked() {
  const std::lock_guard lock{mutex_};
  if (!unasked_.empty()) sift_unasked();
}

void rank_services::lost(const future_core& failed) {
  if (runner_ == nullptr) return;
  std::vector<std::byte> bytes;
  append_packed(bytes, failure_record{failed.failure().failure, failed.failure().exception});
  nested_note head;
  head.what = nested_note::kind::unasked;
  post(head, bytes);
}

task_state rank_services::state(const future_core& core) {
  return core.last_state();
}

failure_record record_failure(const task_context& here) {
  failure_record record;
  record.failure = describe_current_exception();
  record.failure.rank = here.rank();
  record.failure.host = here.host();
  record.failure.task = here.task();
  record.failure.attempt = here.attempt();
  try {
    throw;
  } catch (const std::exception& e) {
    try {
      record.exception = here.home().exceptions()->write(e);
    } catch (...) {
      record.exception = {};  // it cannot be written: the others hear of it as a task_error
    }
  } catch (...) {
  }
  return record;
}

}  // namespace cohort::detail
