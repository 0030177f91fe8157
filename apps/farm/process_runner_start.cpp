// How process_runner begins jobs.
#include "farm/errors.hpp"
#include "farm/process_runner.hpp"
#include "farm/running_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace cohort_farm {
namespace {

using namespace std::chrono_literals;
using cohort::crew::report;

/// What may be there in a moment.
bool passing(int error) {
  return error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE;
}

/// What a shell would say better, or get around (a script without #!).
bool shell_knows_better(int error) {
  return error == ENOENT || error == EACCES || error == ENOEXEC || error == ENOTDIR || error == EPERM;
}

double seconds_since_epoch() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

struct pipe_ends {
  descriptor read;
  descriptor write;
};

int open_pipe(pipe_ends& made) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return errno;
  made.read.reset(ends[0]);
  made.write.reset(ends[1]);
  made.write.lift();
  return made.write ? 0 : errno;
}

}  // namespace

void process_runner::start_waiting() {
  // This process was stopped meanwhile: what waits here may have been given to others.
  if (how_.guarded && clock::now() - collecting_since_ > 1s) return;
  while (!waiting_.empty() && !free_slots_.empty()) {
    if (pause_ != 0s && clock::now() < start_again_) return;
    if (!start(waiting_.front())) return;
    waiting_.pop_front();
  }
}

/// False: not now. True also if the job has ended because it could not be started.
bool process_runner::start(const waiting_job& next) {
  const auto order = decode_task(next.payload);
  running_job job;
  job.of = next.of;
  job.seq = order.seq;
  job.attempt = order.attempt;
  job.slot = free_slots_.back();
  int error = 0;
  try {
    error = spawn(job, order);
  } catch (const farm_error& e) {  // its result files
    start_failed(next, EIO, e.what());
    return true;
  }
  if (error == 0) {
    pause_ = 0s;
    free_slots_.pop_back();
    running_.push_back(std::move(job));
    if (how_.report_starts) ready_.push_back({report::kind::started, next.of, {}, {}});
    return true;
  }
  const auto now = clock::now();
  if (pause_ == 0s) lacking_since_ = now;
  // While others run, what they hold may come free: there is no reason to give up.
  if (passing(error) && (!running_.empty() || now - lacking_since_ < how_.start_patience)) {
    pause_ = std::clamp<std::chrono::nanoseconds>(2 * pause_, 5ms, 500ms);
    start_again_ = now + pause_;
    return false;
  }
  pause_ = 0s;
  start_failed(next, error, {});
  return true;
}

int process_runner::spawn(running_job& job, const task_order& order) {
  pipe_ends out;
  pipe_ends err;
  if (results_) {
    job.files = results_->open(order.seq);
    job.line = order.line;
  } else {
    if (const int error = open_pipe(out); error != 0) return error;
    if (const int error = open_pipe(err); error != 0) return error;
  }
  auto* const* variables = environment_.for_task({order.seq, how_.first_slot + job.slot, job.attempt + 1});
  const auto how = parser_.parse(order.line);
  const int out_end = results_ ? job.files.out.get() : out.write.get();
  const int err_end = results_ ? job.files.err.get() : err.write.get();
  job.start = seconds_since_epoch();
  job.begun = clock::now();
  int error = spawner_.start(how, variables, out_end, err_end, job.process);
  if (error != 0 && !how.by_shell && shell_knows_better(error)) {
    error = spawner_.start(shell_command(order.line), variables, out_end, err_end, job.process);
  }
  if (error == 0 && guard_) guard_->begun(job.process.pid());
  job.out_pipe = std::move(out.read);
  job.err_pipe = std::move(err.read);
  return error;
}

void process_runner::start_failed(const waiting_job& what, int error, std::string_view why) {
  completion how;
  const auto order = decode_task(what.payload);
  how.seq = order.seq;
  how.attempt = order.attempt;
  how.exit_status = error == ENOENT ? 127 : 126;
  how.start = seconds_since_epoch();
  how.where = !results_     ? completion::place::here
              : why.empty() ? completion::place::in_files
                            : completion::place::unwritten;
  how.err = why.empty()
                ? fmt::format("cohort-farm: task {} could not be started on {} ({}); {}\n", how.seq, host_,
                              std::strerror(error),
                              error == E2BIG   ? "its command and the environment are too long together"
                              : passing(error) ? "run fewer commands at a time (--jobs), or raise the limits "
                                                 "(ulimit -a)"
                                               : "check /bin/sh")
                : fmt::format("the result of task {}, on {}: {}", how.seq, host_, why);
  how.err_bytes = how.err.size();
  report_end(what.of, report::kind::failed, how);
}

}  // namespace cohort_farm
