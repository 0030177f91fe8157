#include "farm/replacements.hpp"

#include <cohort/core/communicator.hpp>
#include <cohort/core/error.hpp>
#include <cohort/pattern/crew/clock.hpp>

#include "farm/losses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace cohort_farm {

using namespace std::chrono_literals;
namespace crew = cohort::crew;
namespace dispatch = cohort::dispatch;

namespace {

/// Three beats: who was heard within this time is there.
constexpr dispatch::duration fresh = 1s;
/// Replacements of a place that may be lost one after the other without having ended a task.
constexpr int most_in_a_row = 3;

/// For a process to be started and to have begun MPI. It takes 0.3 s, or six on a host whose name is looked up in
/// vain.
constexpr dispatch::duration start_patience = 20s;
/// The same when the run is over. A process that comes later ends with the job.
constexpr dispatch::duration start_patience_at_end = 2s;

}  // namespace

struct replacements::launch {
  vacancy fills = {};
  std::mutex mutex = {};
  bool over = false;
  std::optional<cohort::intercommunicator> process = {};  ///< if it succeeded
};

replacements::replacements(crew::coordinator& crew, const options& how, starter start)
    : crew_{crew}, how_{how}, start_{std::move(start)} {}

template <class F>
void replacements::for_each_living(F&& what) const {
  const auto& lost = crew_.lost();
  for (dispatch::worker_id rank = 0; rank != crew_.ranks(); ++rank) {
    if (std::find(lost.begin(), lost.end(), rank) != lost.end()) continue;
    what(crew_.host(rank), crew_.silent_for(rank));
  }
  for (const auto& each : all_) {
    if (each.is == replacement::state::here) what(each.way->host(), each.way->silent_for());
  }
}

void replacements::lost(dispatch::worker_id worker) {
  if (!start_) return;
  vacancy left{worker, worker, crew_.host(worker), crew::now()};
  if (worker >= crew_.ranks()) {
    const auto found = std::find_if(all_.begin(), all_.end(), [worker](const replacement& each) {
      return each.is == replacement::state::here && each.worker == worker;
    });
    if (found == all_.end()) return;  // it came by another way
    left.rank = found->fills.rank;
    left.host = found->fills.host;
    found->is = replacement::state::gone;
    const auto& did = crew_.scheduler().worker(worker);
    const bool useful = did.succeeded + did.failed + did.timed_out != 0;
    in_a_row_[left.host] = useful ? 0 : in_a_row_[left.host] + 1;
  }
  vacancies_.push_back(std::move(left));
}

std::vector<std::string> replacements::look(bool wanted) {
  words said;
  if (launch_) look_at_launch(said);
  for (std::size_t i = 0; i != all_.size(); ++i) look_at(i, said);
  if (vacancies_.empty()) return said;
  const auto now = crew::now();
  for (const auto& each : vacancies_) {
    if (!no_more_ && (each.host.empty() || !anybody_left(each.host))) {
      no_more_ = true;
      said.push_back(
          fmt::format("lost ranks are not replaced from now on: {} may be lost as a whole, and to start anything "
                      "could end the job",
                      each.host.empty() ? "the host of rank " + std::to_string(each.lost) : each.host));
    }
  }
  if (no_more_) {
    vacancies_.clear();
    return said;
  }
  if (!wanted || launch_ || !may_start_now()) return said;
  const auto next = std::find_if(vacancies_.begin(), vacancies_.end(), [&](const vacancy& each) {
    return now - each.since > fresh && heard_since(each);
  });
  if (next == vacancies_.end()) return said;
  const auto what = std::move(*next);
  vacancies_.erase(next);
  begin(what, said);
  return said;
}

void replacements::look_at(std::size_t which, words& said) {
  auto& one = all_[which];
  if (one.is == replacement::state::gone) return;
  if (one.is == replacement::state::coming) {
    scratch_.clear();
    one.way->collect(scratch_, 0ns);
    if (!one.way->lost().empty()) {
      said.push_back(fmt::format("the replacement of rank {} on {} did not come", one.fills.lost, one.fills.host));
      one.is = replacement::state::gone;
      ++in_a_row_[one.fills.host];
      return;
    }
    if (!one.way->here()) return;
    one.is = replacement::state::here;
    one.worker = crew_.add_runner(*one.way, one.fills.host);
    ++joined_;
    said.push_back(
        fmt::format("rank {} on {} takes the place of rank {}", one.worker, one.fills.host, one.fills.lost));
  } else if (!one.way->lost().empty()) {
    crew_.lose_runner(one.worker, one.way->lost());  // which comes back to lost()
  } else if (one.way->draining()) {
    crew_.rest_runner(one.worker);  // it stays: outputs that it keeps are still to be fetched
  }
}

void replacements::rest_all() {
  for (const auto& each : all_) {
    if (each.is == replacement::state::here) crew_.rest_runner(each.worker);
  }
}

/// MPI_Comm_spawn blocks, and never returns if the process dies early: so a thread calls it.
void replacements::begin(const vacancy& what, words& said) {
  if (in_a_row_[what.host] >= most_in_a_row) {
    said.push_back(
        fmt::format("rank {} on {} is not replaced: {} replacements there were lost before they had ended a task",
                    what.lost, what.host, most_in_a_row));
    return;
  }
  const auto mine = std::make_shared<launch>();
  mine->fills = what;
  mine->fills.since = crew::now();
  try {
    std::thread{[mine, start = start_, where = place_of(what)] {
      sigset_t all{};
      ::sigfillset(&all);
      ::pthread_sigmask(SIG_SETMASK, &all, nullptr);  // signals are for the first thread
      std::optional<cohort::intercommunicator> process;
      try {
        process = start(where);
      } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): there is none
      }
      const std::lock_guard lock{mine->mutex};
      mine->process = std::move(process);
      mine->over = true;
    }}.detach();
  } catch (const std::system_error&) {  // no thread is to be had
    mine->over = true;
  }
  launch_ = mine;
}

void replacements::look_at_launch(words& said) {
  const auto& what = launch_->fills;
  {
    const std::lock_guard lock{launch_->mutex};
    if (!launch_->over) {
      if (no_more_ || crew::now() - what.since < start_patience) return;
      said.push_back(
          fmt::format("the replacement of rank {} on {} does not come; lost ranks are not replaced from now on",
                      what.lost, what.host));
      no_more_ = true;
      return;
    }
  }
  if (launch_->process) {
    const auto& process = *launch_->process;
    auto& added = all_.emplace_back(replacement{what, process});
    added.way = std::make_unique<crew::remote_runner>(
        cohort::communicator{process.native(), cohort::ownership::borrow}, 0, survival_of(how_));
  } else {
    said.push_back(fmt::format("no slot is free for a replacement of rank {} on {}", what.lost, what.host));
  }
  launch_.reset();
}

replacements::place replacements::place_of(const vacancy& what) const {
  place result{what.host, 0, what.rank};
  for (dispatch::worker_id rank = 0; rank != crew_.ranks(); ++rank)
    result.ranks += crew_.host(rank) == what.host ? 1U : 0U;
  return result;
}

/// Whoever starts a process must not have lost a host unnoticed.
bool replacements::may_start_now() const {
  if (!crew_.all_here()) return false;
  std::map<std::string, dispatch::duration> silence;
  for_each_living([&silence](const std::string& host, dispatch::duration silent) {
    const auto [at, first] = silence.emplace(host, silent);
    if (!first) at->second = std::min(at->second, silent);
  });
  return std::all_of(silence.begin(), silence.end(), [](const auto& each) { return each.second < fresh; });
}

bool replacements::anybody_left(const std::string& host) const {
  bool any = false;
  for_each_living([&](const std::string& where, dispatch::duration) { any |= where == host; });
  return any;
}

bool replacements::heard_since(const vacancy& what) const {
  bool any = false;
  const auto ago = std::min(fresh, crew::now() - what.since);
  for_each_living(
      [&](const std::string& where, dispatch::duration silent) { any |= where == what.host && silent < ago; });
  return any;
}

void replacements::leave(std::chrono::nanoseconds grace) {
  words unsaid;
  const auto end = crew::now() + start_patience_at_end;
  while (launch_ && crew::now() < end) {
    std::this_thread::sleep_for(1ms);
    look_at_launch(unsaid);
  }
  for (auto& each : all_) {
    if (each.is != replacement::state::gone) each.way->leave(grace);
  }
}

void replacements::part() {
  const auto stay = [this](auto&& done) {
    for (;;) {
      bool all = true;
      for (auto& each : all_) {
        if (each.is == replacement::state::gone) continue;
        scratch_.clear();
        each.way->collect(scratch_, 0ns);
        all = all && done(*each.way);
      }
      if (all) return;
      std::this_thread::sleep_for(1ms);
    }
  };
  stay([](const crew::remote_runner& way) { return way.has_left(); });
  for (auto& each : all_) {
    if (each.is != replacement::state::gone) each.way->dismiss(crew_.lost().size());
  }
  const auto end = crew::now() + survival_of(how_).dead_after;
  stay([end](const crew::remote_runner& way) { return way.sent() || crew::now() > end; });
}

}  // namespace cohort_farm
