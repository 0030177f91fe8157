// How process_runner hears from its children, and ends jobs.
#include "farm/errors.hpp"
#include "farm/process_runner.hpp"
#include "farm/running_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <functional>
#include <sys/ioctl.h>
#include <unistd.h>

namespace cohort_farm {
namespace {

using namespace std::chrono_literals;
using cohort::crew::report;

constexpr int io_error_status = 74;  // EX_IOERR of sysexits.h

timespec to_timespec(std::chrono::nanoseconds what) {
  timespec result{};
  result.tv_sec = static_cast<time_t>(what / 1s);
  result.tv_nsec = static_cast<long>((what % 1s).count());
  return result;
}

}  // namespace

/// Waits until something happens, at most until `until`, and attends to it.
void process_runner::look(clock::time_point until) {
  polled_.clear();
  bool blind = false;  // a child whose end no descriptor tells
  for (const auto& job : running_) {
    polled_.push_back({job.process.pidfd().get(), POLLIN, 0});  // poll ignores negative descriptors
    polled_.push_back({job.out_pipe.get(), POLLIN, 0});
    polled_.push_back({job.err_pipe.get(), POLLIN, 0});
    blind = blind || !job.process.pidfd();
    if (job.stopped && !job.killed) until = std::min(until, job.kill_at);
  }
  for (const auto& group : lingering_) until = std::min(until, group.kill_at);
  until = held_until(until);
  auto now = clock::now();
  if (!waiting_.empty() && !free_slots_.empty() && pause_ != 0s) until = std::min(until, start_again_);
  if (blind) until = std::min(until, now + 5ms);
  const auto patience = to_timespec(until > now ? until - now : 0ns);
  const int events = ::ppoll(polled_.data(), polled_.size(), &patience, nullptr);
  if (events > 0) {
    for (std::size_t i = 0; i != running_.size(); ++i) {
      if (polled_[3 * i + 1].revents != 0) read_some(running_[i].out_pipe, running_[i].out);
      if (polled_[3 * i + 2].revents != 0) read_some(running_[i].err_pipe, running_[i].err);
    }
  }
  if (events > 0 || blind) {
    for (std::size_t i = running_.size(); i-- != 0;) {
      const bool over =
          running_[i].process.pidfd() ? events > 0 && polled_[3 * i].revents != 0 : running_[i].process.ended();
      if (!over) continue;
      finish(running_[i]);
      if (i + 1 != running_.size()) running_[i] = std::move(running_.back());
      running_.pop_back();
    }
  }
  kill_overdue(clock::now());
  if (!held_.empty()) settle(clock::now());
}

void process_runner::read_some(descriptor& from, capture& into) {
  const auto got = ::read(from.get(), buffer_.data(), buffer_.size());
  if (got > 0) {
    into.append(spill_, bytes_view{buffer_}.first(static_cast<std::size_t>(got)));
  } else if (got == 0 || errno != EINTR) {
    from.reset();
  }
}

/// What is in the pipe when the child has ended, and no more: a background process may hold the other end, and
/// write for ever.
void process_runner::drain(descriptor& from, capture& into) {
  int left = 0;
  if (!from || ::ioctl(from.get(), FIONREAD, &left) != 0) return;
  while (left > 0) {
    const auto most = std::min(static_cast<std::size_t>(left), buffer_.size());
    const auto got = ::read(from.get(), buffer_.data(), most);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    into.append(spill_, bytes_view{buffer_}.first(static_cast<std::size_t>(got)));
    left -= static_cast<int>(got);
  }
}

void process_runner::finish(running_job& job) {
  drain(job.out_pipe, job.out);
  drain(job.err_pipe, job.err);
  const auto end = job.stopped ? job.process.look() : reap(job.process);
  const auto how = complete(job, end);
  if (job.stopped || !hold(job.of, how)) {
    report_end(job.of,
               job.stopped       ? report::kind::stopped
               : how.succeeded() ? report::kind::succeeded
                                 : report::kind::failed,
               how);
  }
  if (job.stopped) lingering_.push_back({std::move(job.process), job.kill_at});
  free_slots_.push_back(job.slot);
  std::sort(free_slots_.begin(), free_slots_.end(), std::greater{});
}

completion process_runner::complete(running_job& job, const child_end& end) {
  completion how;
  how.seq = job.seq;
  how.attempt = job.attempt;
  how.exit_status = end.exit_status;
  how.signal = end.signal;
  how.start = job.start;
  how.runtime = std::chrono::duration<double>(clock::now() - job.begun).count();
  if (!end.known) {
    job.err.append_message(fmt::format(
        "cohort-farm: the exit status of task {} is lost (something else in this process waited for it)\n",
        job.seq));
  }
  if (!results_) {
    hand_over_output(job, how);
    return how;
  }
  how.where = completion::place::in_files;
  how.out_bytes = result_files::size(job.files.out);
  how.err_bytes = result_files::size(job.files.err);
  how.err = job.err.take();
  try {
    results_->finish(how, job.files, job.line, host_);
  } catch (const farm_error& e) {
    how.where = completion::place::unwritten;
    how.err = fmt::format("the result of task {}, on {}: {}", job.seq, host_, e.what());
    how.exit_status = io_error_status;
  }
  return how;
}

void process_runner::hand_over_output(running_job& job, completion& how) {
  const bool small = !job.out.spilled() && !job.err.spilled() && job.out.size() + job.err.size() <= keep_in_memory;
  if (!small) {
    job.out.settle(spill_);
    job.err.settle(spill_);
  }
  if (const auto lost = job.out.lost() + job.err.lost(); lost != 0) {
    const int error = job.out.error() != 0 ? job.out.error() : job.err.error();
    job.err.append_message(fmt::format(
        "cohort-farm: the last {} bytes of the output of task {} are lost (writing a temporary file in {} "
        "on {}: {}); set TMPDIR to a larger disk, or use --results\n",
        lost, job.seq, spill_.directory(), host_, std::strerror(error)));
    if (how.succeeded()) how.exit_status = io_error_status;
  }
  how.out_bytes = job.out.size();
  how.err_bytes = job.err.size();
  if (!small) {
    how.where = completion::place::at_runner;
    kept_.insert_or_assign({job.of.task, job.of.attempt}, kept_output{std::move(job.out), std::move(job.err)});
    return;
  }
  how.out = job.out.take();
  how.err = job.err.take();
}

child_end process_runner::reap(child& process) noexcept {
  const auto how = process.reap();
  if (guard_) guard_->ended(process.pid());
  return how;
}

void process_runner::kill_overdue(clock::time_point now) {
  for (auto& job : running_) {
    if (!job.stopped || job.killed || now < job.kill_at) continue;
    job.process.signal_group(SIGKILL);
    job.killed = true;
  }
  std::erase_if(lingering_, [&](auto& group) {
    if (now < group.kill_at) return false;
    group.leader.signal_group(SIGKILL);
    reap(group.leader);
    return true;
  });
}

void process_runner::end_lingering() noexcept {
  for (auto& group : lingering_) {
    group.leader.signal_group(SIGKILL);
    reap(group.leader);
  }
  lingering_.clear();
}

}  // namespace cohort_farm
