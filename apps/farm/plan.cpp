#include "farm/plan.hpp"

#include <cohort/core/error.hpp>

#include "farm/result_files.hpp"

#include <cstdio>
#include <utility>

namespace cohort_farm {

namespace {

logged_end end_of(const recorded_end& end) {
  return {end.exit_value, end.signal, end.runtime};
}

/// Of two ends of a task, one in the log and one in the journal: what has succeeded is never run again.
bool is_later(const logged_end& one, const logged_end& other) {
  return one.succeeded() && !other.succeeded();
}

void add(logged_ends& all, const recorded_ends& more) {
  for (const auto& [seq, end] : more) {
    auto& known = all.try_emplace(seq, end_of(end)).first->second;
    if (is_later(end_of(end), known)) known = end_of(end);
  }
}

/// What only one of the two knows, since the run was killed between them or one is new, both know from now on.
void complete(plan& what) {
  if (!what.log || !what.journal) return;
  for (const auto& [seq, end] : what.log->ended()) {
    const auto has = what.journal->ended().find(seq);
    if (has != what.journal->ended().end() && !is_later(end, end_of(has->second))) continue;
    recorded_end known;
    known.seq = seq;
    known.exit_value = end.exit_value;
    known.signal = end.signal;
    known.runtime = end.runtime;
    known.rank = recorded_end::no_rank;
    what.journal->append(known);
  }
  for (const auto& [seq, end] : what.journal->ended()) {
    const auto has = what.log->ended().find(seq);
    if (has != what.log->ended().end() && !is_later(end_of(end), has->second)) continue;
    what.log->append({.seq = seq,
                      .host = end.host,
                      .start = end.start,
                      .runtime = end.runtime,
                      .sent = 0,
                      .received = end.out_bytes,
                      .exit_value = end.exit_value,
                      .signal = end.signal,
                      .command = what.tasks[static_cast<std::size_t>(seq - 1)]});
  }
}

logged_ends open_records(const options& how, plan& what) {
  const bool resume = how.resume || how.resume_failed;
  // The journal first: it refuses to be begun anew, and a log does not.
  if (!how.journal.empty()) {
    what.journal = std::make_unique<task_journal>(task_journal::open(how.journal, what.tasks, resume));
  }
  if (!how.joblog.empty()) {
    what.log =
        std::make_unique<joblog>(resume ? joblog::resume(how.joblog, what.tasks) : joblog::create(how.joblog));
  }
  complete(what);
  logged_ends ended;
  if (what.log) ended = what.log->ended();
  if (what.journal) add(ended, what.journal->ended());
  return ended;
}

/// The same without a change to anything.
logged_ends look_at_records(const options& how, const task_list& tasks) {
  logged_ends ended;
  if (!how.resume && !how.resume_failed) return ended;
  if (!how.joblog.empty()) ended = joblog::look(how.joblog, tasks);
  if (!how.journal.empty()) add(ended, task_journal::look(how.journal, tasks));
  return ended;
}

}  // namespace

plan make_plan(const options& how) {
  plan result{task_list::read(how.tasks), {}, nullptr, nullptr, 0, 0, {}};
  const auto ended = how.dry_run ? look_at_records(how, result.tasks) : open_records(how, result);
  if (!how.results.empty() && !how.dry_run) result_files{how.results}.check();
  result.positions.reserve(result.tasks.size());
  for (std::uint32_t i = 0; i != result.tasks.size(); ++i) {
    const auto found = ended.find(std::uint64_t{i} + 1);
    if (found != ended.end()) result.runtimes.push_back(found->second.runtime);
    if (found != ended.end() && (!how.resume_failed || found->second.succeeded())) {
      ++result.done_before;
      if (!found->second.succeeded()) ++result.failed_before;
      continue;
    }
    result.positions.push_back(i);
  }
  return result;
}

void print_plan(const plan& what) {
  for (const auto position : what.positions) {
    const auto line = what.tasks[position];
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fputc('\n', stdout);
  }
}

}  // namespace cohort_farm
