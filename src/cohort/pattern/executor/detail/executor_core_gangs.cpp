#include <cohort/pattern/executor/detail/executor_core.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

// Tasks that several ranks run.
namespace cohort::detail {

void executor_core::make_gangs(std::uint32_t threads) {
  std::vector<std::vector<dispatch::queue_id>> served(coordinator_.ranks());
  for (std::size_t r = 0; r != served.size(); ++r) {
    served[r] = local_->queues().served_by(static_cast<int>(r));
    if (served[r].empty()) served[r].push_back(0);
  }
  crew::gang_host& host = *this;
  gangs_ = std::make_unique<crew::gang_master>(coordinator_, host, std::max(threads, 1U), std::move(served),
                                               static_cast<dispatch::queue_id>(local_->queues().size()));
}

crew::gang_terms executor_core::terms_of(dispatch::task_id gang) const {
  const auto& what = entries_[gang];
  return {what.ranks, what.head.priority, what.core == nullptr, what.head.say_started != 0, what.queue};
}

dispatch::task_id executor_core::add_seat(const dispatch::task_options& how) {
  entries_.emplace_back();
  return coordinator_.scheduler().add(how);
}

void executor_core::write_seat(dispatch::task_id seat, std::byte* to) {
  const auto gang = gangs_->gang_of(seat);
  const auto& what = entries_[gang.task];
  auto head = what.head;
  head.say_started = 0;  // the gang has, when all have begun
  head.members = what.ranks;
  std::memcpy(to, &head, sizeof head);
  std::memcpy(to + sizeof head, &gang, sizeof gang);
  if (!what.bytes.empty()) std::memcpy(to + sizeof head + sizeof gang, what.bytes.data(), what.bytes.size());
}

dispatch::worker_id executor_core::rank_of(dispatch::worker_id worker, dispatch::task_id task) const {
  return gangs_ && worker == gangs_->worker() ? entries_[task].leader : worker;
}

void executor_core::stale(dispatch::worker_id /*worker*/, crew::job of, std::span<const std::byte> /*payload*/) {
  if (gangs_) gangs_->stale(of);
}

std::string executor_core::left_inside() const {
  const auto gangs = gangs_ ? gangs_->inside() : std::vector<crew::gang_master::left_inside>{};
  if (gangs.empty()) return {};
  const auto& first = gangs.front();
  std::string why = "a task was cancelled or overran its timeout";
  if (!first.failure.empty()) why = serial::unpack<failure_record>(first.failure).failure.describe();
  std::vector<std::string> who;
  for (const int r : first.ranks)
    who.push_back(fmt::format("rank {} ({})", r, coordinator_.host(static_cast<dispatch::worker_id>(r))));
  return fmt::format(
      "executor: {}; {} {} still inside it {:.1f} s after the rest (a member that waits for another in MPI cannot "
      "be "
      "interrupted); let members agree on failures before they wait for each other",
      why, fmt::join(who, ", "), who.size() == 1 ? "is" : "are",
      std::chrono::duration<double>(options_.grace).count());
}

}  // namespace cohort::detail
