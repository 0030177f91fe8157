#include <cohort/pattern/crew/group_runner.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

namespace cohort::crew {

using namespace std::chrono_literals;

group_runner::group_runner(const communicator& group, runner& local, dispatch::settings how,
                           const std::string& host)
    : coordinator_{group, local, *this, how, host} {
  while (!coordinator_.all_here()) coordinator_.step(1ms);
  for (dispatch::worker_id w = 0; w != coordinator_.ranks(); ++w)
    slots_ += coordinator_.scheduler().worker(w).slots;
}

group_runner::entry* group_runner::find(dispatch::task_id task) {
  if (task < first_ || task - first_ >= entries_.size()) return nullptr;
  auto& found = entries_[task - first_];
  return found ? &*found : nullptr;
}

void group_runner::accept(job what, std::span<const std::byte> payload) {
  numbers_.emplace(what, coordinator_.scheduler().add());
  entries_.push_back(entry{what, {payload.begin(), payload.end()}});
}

void group_runner::stop(job what) {
  const auto number = numbers_.find(what);
  if (number == numbers_.end()) return;
  const auto task = number->second;
  auto& scheduler = coordinator_.scheduler();
  find(task)->stopped = true;
  // What a rank of the group has ends with that rank's report, which comes as a stale one.
  if (scheduler.state(task) == dispatch::task_state::pending) end(task, report::kind::stopped, {});
  scheduler.cancel(task);
}

/// If the run winds up, what the ranks of the group have not begun follows as stopped.
std::vector<job> group_runner::give_back(std::size_t most) {
  std::vector<job> result;
  auto& scheduler = coordinator_.scheduler();
  for (auto task = first_ + entries_.size(); task-- > first_ && result.size() != most;) {
    const auto* found = find(task);
    if (found == nullptr || scheduler.state(task) != dispatch::task_state::pending) continue;
    result.push_back(found->of);
    scheduler.cancel(task);
    numbers_.erase(found->of);
    entries_[task - first_].reset();
  }
  if (most == dispatch::recall::everything) scheduler.wind_up();
  return result;
}

void group_runner::collect(std::vector<report>& out, dispatch::duration patience) {
  coordinator_.step(reports_.empty() ? patience : 0ns);
  for (auto& each : reports_) out.push_back(std::move(each));
  reports_.clear();
}

/// The root hears of it; nothing is kept.
void group_runner::end(dispatch::task_id task, report::kind how, std::vector<std::byte>&& payload) {
  const auto* found = find(task);
  reports_.push_back({how, found->of, found->took, std::move(payload), found->member});
  forget(task);
}

void group_runner::forget(dispatch::task_id task) {
  numbers_.erase(find(task)->of);
  entries_[task - first_].reset();
  for (; !entries_.empty() && !entries_.front(); ++first_) entries_.pop_front();
}

void group_runner::write_task(dispatch::task_id task, std::byte* to) {
  const auto& payload = find(task)->payload;
  if (!payload.empty()) std::memcpy(to, payload.data(), payload.size());
}

void group_runner::keep_result(dispatch::task_id task, std::span<const std::byte> payload) {
  find(task)->payload.assign(payload.begin(), payload.end());
}

void group_runner::keep_error(dispatch::task_id task, std::span<const std::byte> payload) {
  find(task)->payload.assign(payload.begin(), payload.end());
}

void group_runner::heard(const heard_report& what) {
  auto* found = find(what.of.task);
  if (found == nullptr) return;
  found->took = what.took;
  found->member = static_cast<std::uint16_t>(what.worker);
  if (what.what == report::kind::started && !found->stopped) {
    reports_.push_back({report::kind::started, found->of, what.took, {}, found->member});
  }
}

void group_runner::told(dispatch::worker_id worker, std::uint16_t /*member*/, int signal) {
  reports_.push_back({report::kind::told, {}, dispatch::duration{signal}, {}, static_cast<std::uint16_t>(worker)});
}

void group_runner::stale(dispatch::worker_id, job of, std::span<const std::byte> payload) {
  if (find(of.task) != nullptr) end(of.task, report::kind::stopped, {payload.begin(), payload.end()});
}

/// The rank that had it was asked to give it back before it heard that it should stop it.
void group_runner::returned(dispatch::worker_id, job of) {
  const auto* found = find(of.task);
  if (found != nullptr && found->stopped) end(of.task, report::kind::stopped, {});
}

void group_runner::deliver(const dispatch::deliver& what) {
  end(what.task, report::kind::succeeded, std::move(find(what.task)->payload));
}

void group_runner::give_up(const dispatch::give_up& what) {
  auto* found = find(what.task);
  if (found == nullptr || what.reason == dispatch::end_reason::cancelled) return;
  const bool failed = what.reason == dispatch::end_reason::failed;
  end(what.task, failed ? report::kind::failed : report::kind::stopped, std::move(found->payload));
}

}  // namespace cohort::crew
