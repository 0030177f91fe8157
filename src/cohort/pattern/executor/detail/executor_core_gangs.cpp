#include <cohort/pattern/crew/gang/left_inside.hpp>
#include <cohort/pattern/executor/detail/executor_core.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <span>
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
  const bool say_started = what.head.say_started != 0 || (drain_ && drain_->limited());
  return {what.ranks, what.head.priority, what.core == nullptr, say_started, what.queue};
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
  if (!gangs_) return {};
  return crew::left_inside(
      "executor", *gangs_,
      [](std::span<const std::byte> failure) { return serial::unpack<failure_record>(failure).failure.describe(); },
      [this](int rank) {
        return fmt::format("rank {} ({})", rank, coordinator_.host(static_cast<dispatch::worker_id>(rank)));
      },
      options_.grace);
}

}  // namespace cohort::detail
