#include "farm/process_runner.hpp"

#include "farm/errors.hpp"
#include "farm/running_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

namespace cohort_farm {
namespace {

using cohort::crew::job;
using cohort::crew::report;

bool same(const job& a, const job& b) {
  return a.task == b.task && a.attempt == b.attempt;
}

std::string this_host() {
  char name[256] = "";
  ::gethostname(name, sizeof name - 1);
  return name;
}

std::string_view search_path() {
  const char* path = std::getenv("PATH");
  return path != nullptr ? path : "";
}

/// Children inherit the raised limit; only programs that use select() on more than 1024 descriptors would notice.
void provide_descriptors(std::uint32_t slots) {
  constexpr rlim_t others = 128;
  const rlim_t needed = 3 * static_cast<rlim_t>(slots) + others;
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed) return;
  const auto had = limit.rlim_cur;
  limit.rlim_cur = std::min(needed, limit.rlim_max);
  if (limit.rlim_max < needed || ::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    throw farm_error{
        fmt::format("{} commands at a time are too many (they need {} open files, and {} are allowed); "
                    "use a lower --jobs, or raise the limit (ulimit -n)",
                    slots, needed, had)};
  }
}

void notice_children() {
  struct sigaction action {};
  if (::sigaction(SIGCHLD, nullptr, &action) != 0) return;
  if (action.sa_handler != SIG_IGN && (action.sa_flags & SA_NOCLDWAIT) == 0) return;
  if (action.sa_handler == SIG_IGN) action.sa_handler = SIG_DFL;
  action.sa_flags &= ~SA_NOCLDWAIT;
  ::sigaction(SIGCHLD, &action, nullptr);
}

}  // namespace

process_runner::process_runner(runner_settings how)
    : how_{std::move(how)},
      host_{this_host()},
      parser_{search_path()},
      environment_{::environ, how_.rank},
      spill_{how_.temporary},
      buffer_(keep_in_memory) {
  how_.slots = std::max(how_.slots, 1U);
  provide_descriptors(how_.slots);
  notice_children();
  if (how_.guarded) guard_.emplace();
  if (!how_.results.empty()) results_.emplace(how_.results);
  running_.reserve(how_.slots);
  for (auto slot = how_.slots; slot != 0; --slot) free_slots_.push_back(slot - 1);
}

process_runner::~process_runner() {
  try {
    end_all();
  } catch (const std::exception&) {  // no memory for a report that nobody will read
    for (const auto& each : running_) each.process.signal_group(SIGKILL);
  }
}

void process_runner::accept(job what, std::span<const std::byte> payload) {
  waiting_.push_back({what, {payload.begin(), payload.end()}});
  ++unfinished_;
}

std::vector<job> process_runner::give_back(std::size_t most) {
  std::vector<job> result;
  while (result.size() < most && !waiting_.empty()) {
    result.push_back(waiting_.back().of);
    waiting_.pop_back();
  }
  unfinished_ -= result.size();
  return result;
}

void process_runner::stop(job what) {
  const auto running =
      std::find_if(running_.begin(), running_.end(), [&](const auto& r) { return same(r.of, what); });
  if (running != running_.end()) {
    tell_to_end(*running, how_.stop_grace);
    return;
  }
  const auto waiting =
      std::find_if(waiting_.begin(), waiting_.end(), [&](const auto& w) { return same(w.of, what); });
  if (waiting == waiting_.end()) return;
  completion never_begun;
  const auto order = decode_task(waiting->payload);
  never_begun.seq = order.seq;
  never_begun.attempt = order.attempt;
  never_begun.signal = SIGTERM;
  waiting_.erase(waiting);
  report_end(what, report::kind::stopped, never_begun);
}

void process_runner::tell_to_end(running_job& job, std::chrono::nanoseconds grace) {
  if (job.stopped || job.process.ended()) return;  // it was faster
  job.stopped = true;
  job.kill_at = clock::now() + grace;
  job.process.signal_group(SIGTERM);
  job.process.signal_group(SIGCONT);  // one that is halted could not act on it
}

void process_runner::collect(std::vector<report>& out, cohort::dispatch::duration patience) {
  pass_on_drain();
  collecting_since_ = clock::now();
  const auto until = collecting_since_ + patience;
  for (;;) {
    start_waiting();
    const bool wait = ready_.empty() && patience > cohort::dispatch::duration{0};
    look(wait ? until : clock::time_point::min());
    if (!ready_.empty() || clock::now() >= until) break;
  }
  start_waiting();  // before the reports travel: no slot should be empty meanwhile
  for (auto& r : ready_) {
    if (r.what != report::kind::started && r.what != report::kind::note) --unfinished_;
    out.push_back(std::move(r));
  }
  ready_.clear();
}

void process_runner::end_all() {
  while (!waiting_.empty()) stop(waiting_.back().of);
  for (auto& each : running_) {
    tell_to_end(each, how_.stop_grace);
    each.kill_at = std::min(each.kill_at, clock::now() + how_.stop_grace);  // it may have been given longer
  }
  // A child that even SIGKILL does not end (it hangs in the kernel, on a dead file system) must not hold us for
  // ever.
  const auto give_up = clock::now() + how_.stop_grace + std::chrono::seconds{5};
  while (!running_.empty() && clock::now() < give_up) look(give_up);
  for (const auto& each : running_) {
    completion hanging;
    hanging.seq = each.seq;
    hanging.attempt = each.attempt;
    hanging.signal = SIGKILL;
    hanging.start = each.start;
    hanging.runtime = std::chrono::duration<double>(clock::now() - each.begun).count();
    report_end(each.of, report::kind::stopped, hanging);
  }
  running_.clear();
  settle(clock::now(), true);
  end_lingering();
}

void process_runner::report_end(job of, report::kind what, const completion& how) {
  const auto took = std::chrono::duration<double>{how.runtime};
  ready_.push_back({what, of, std::chrono::duration_cast<cohort::dispatch::duration>(took), encode(how)});
}

void process_runner::message(std::span<const std::byte> text) {
  std::visit([this](const auto& what) { answer(what); }, decode_request(text));
}

void process_runner::answer(const fetch& what) {
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(what.most, largest_chunk));
  bytes data(wanted);
  std::size_t have = 0;
  if (const auto found = kept_.find({what.of.task, what.of.attempt}); found != kept_.end()) {
    const auto& from = what.from == stream::out ? found->second.out : found->second.err;
    try {
      have = from.read(spill_, what.offset, data);
    } catch (
        const std::system_error&) {  // NOLINT(bugprone-empty-catch): nothing is sent, which says that it is lost
    }
  }
  const chunk found{what.of, what.from, what.offset, bytes_view{data}.first(have)};
  ready_.push_back({report::kind::note, what.of, {}, encode(found)});
}

void process_runner::answer(const release& what) {
  const auto found = kept_.find({what.of.task, what.of.attempt});
  if (found == kept_.end()) return;
  found->second.out.drop(spill_);
  found->second.err.drop(spill_);
  kept_.erase(found);
}

}  // namespace cohort_farm
