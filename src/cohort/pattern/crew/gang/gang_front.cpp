#include <cohort/pattern/crew/gang/gang_front.hpp>

#include <cstring>
#include <utility>
#include <vector>

namespace cohort::crew {

gang_front::gang_front(client& program, std::uint32_t ranks, bool say_started)
    : program_{program}, terms_{.ranks = ranks, .say_started = say_started} {}

void gang_front::attach(coordinator& over, dispatch::worker_id root, std::uint32_t slots_per_rank) {
  over_ = &over;
  std::vector<std::vector<dispatch::queue_id>> served(over.ranks(), {terms_.queue});
  gang_host& host = *this;
  gangs_ = std::make_unique<gang_master>(over, host, slots_per_rank, std::move(served),
                                         static_cast<dispatch::queue_id>(terms_.queue + 1));
  gangs_->joined(root);
}

void gang_front::add(dispatch::task_options how) {
  how.queue = gangs_->queue();
  tasks_.emplace(over_->scheduler().add(how), known{next_++});
}

gang_terms gang_front::terms_of(dispatch::task_id /*gang*/) const {
  return terms_;
}

dispatch::task_id gang_front::add_seat(const dispatch::task_options& how) {
  return over_->scheduler().add(how);
}

std::size_t gang_front::task_size(dispatch::task_id task) {
  if (!gangs_->is_seat(task)) return 0;  // its seats carry it
  const auto gang = tasks_.find(gangs_->gang_of(task).task);
  return sizeof(job) + (gang == tasks_.end() ? 0 : program_.task_size(gang->second.number));
}

void gang_front::write_task(dispatch::task_id task, std::byte* to) {
  if (!gangs_->is_seat(task)) return;
  auto gang = gangs_->gang_of(task);
  const auto found = tasks_.find(gang.task);
  if (found != tasks_.end()) {
    gang.task = found->second.number;
    program_.write_task(gang.task, to + sizeof gang);
  }  // else it has just been given up, and the seat is about to hear of it
  std::memcpy(to, &gang, sizeof gang);
}

void gang_front::keep_result(dispatch::task_id task, std::span<const std::byte> payload) {
  if (gangs_->is_seat(task)) return gangs_->keep_result(task, payload);
  program_.keep_result(tasks_.at(task).number, payload);
}

void gang_front::keep_error(dispatch::task_id task, std::span<const std::byte> payload) {
  if (gangs_->is_seat(task)) return gangs_->keep_error(task, payload);
  program_.keep_error(tasks_.at(task).number, payload);
}

void gang_front::heard(const heard_report& what) {
  if (what.worker != gangs_->worker()) return;
  const bool began = what.what == report::kind::started;
  const bool counts = began ? over_->scheduler().state(what.of.task) == dispatch::task_state::started
                            : what.counts && what.what != report::kind::stopped;
  if (!counts) return;
  auto& task = tasks_.at(what.of.task);
  task.leader = what.member;
  auto said = what;
  said.worker = what.member;
  said.of.task = task.number;
  program_.heard(said);
}

void gang_front::stale(dispatch::worker_id /*worker*/, job of, std::span<const std::byte> /*payload*/) {
  gangs_->stale(of);
}

gang_front::known gang_front::end(dispatch::task_id gang) {
  const auto found = tasks_.find(gang);
  const auto result = found->second;
  tasks_.erase(found);
  return result;
}

void gang_front::deliver(const dispatch::deliver& what) {
  if (gangs_->is_seat(what.task)) return gangs_->deliver(what.task);
  const auto is = end(what.task);
  program_.deliver({is.number, what.attempt, is.leader});
}

void gang_front::give_up(const dispatch::give_up& what) {
  if (gangs_->is_seat(what.task)) return gangs_->give_up(what.task, what.reason);
  const auto is = end(what.task);
  program_.give_up({is.number, what.attempt, is.leader, what.reason});
}

void gang_front::retry(const dispatch::retry& what) {
  const auto& is = tasks_.at(what.task);
  program_.retry({is.number, what.attempt, is.leader, what.reason});
}

void gang_front::note(dispatch::worker_id /*worker*/, job /*of*/, std::span<const std::byte> payload) {
  static_cast<void>(gangs_->note(payload));
}

}  // namespace cohort::crew
