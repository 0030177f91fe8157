#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/bcast.hpp>
#include <cohort/collective/iallreduce.hpp>
#include <cohort/core/op.hpp>
#include <cohort/pattern/detail/shared_loop.hpp>
#include <cohort/pattern/detail/waiting.hpp>

#include <fmt/format.h>

#include <atomic>
#include <utility>
#include <vector>

namespace cohort::detail {
namespace {

using word = std::atomic_ref<std::uint64_t>;

}  // namespace

template <class Condition>
void shared_loop::wait_until(Condition&& holds) {
  waiting idle;
  while (!holds()) {
    if (poll()) {
      idle.reset();
    } else {
      idle.once();
    }
  }
}

/// On the hub: tells the other nodes. Elsewhere: tells the hub, and is answered when it has told the others.
void shared_loop::spread_failure() {
  if (!mail_) return;
  if (team_.node == 0) {
    mail_->stop_all();
    return;
  }
  wait_until([this] { return !mail_->waits(); });
  word{words_.asked}.fetch_add(1);
  mail_->ask({.failed = 1});
}

void shared_loop::arrive() {
  if (tells_) spread_failure();
  if (mail_ && team_.node != 0) wait_until([this] { return !mail_->waits(); });
  word{words_.signature[parity_]}.fetch_add(plan_.signature(), std::memory_order_relaxed);
  word{words_.arrived}.fetch_add(1, std::memory_order_acq_rel);
}

shared_loop::outcome shared_loop::node_outcome() const {
  const auto sum = word{words_.signature[parity_]}.load() - team_.signature_base[parity_];
  const auto ranks = static_cast<std::uint64_t>(team_.here());
  return {word{words_.failure[parity_]}.load(), sum != ranks * plan_.signature()};
}

shared_loop::outcome shared_loop::join_nodes() {
  const auto mine = node_outcome();
  const auto signature = plan_.signature();
  auto all = team_.leaders.iallreduce(
      std::vector<std::uint64_t>{mine.failure, mine.differs ? 1U : 0U, signature, ~signature}, maximum{});
  wait_until([&] { return all.test(); });
  const auto most = all.get();
  return {most[0], most[1] != 0 || most[2] != ~most[3]};
}

void shared_loop::finish() {
  arrive();
  const auto everybody = loop_ * static_cast<std::uint64_t>(team_.here());
  const auto all_here = [&] { return word{words_.arrived}.load(std::memory_order_acquire) >= everybody; };
  outcome end;
  if (!mail_ || team_.node_rank == 0) {
    wait_until(all_here);
    end = mail_ ? join_nodes() : node_outcome();
    if (mail_) {
      word{words_.total_failure}.store(end.failure);
      word{words_.differs}.store(end.differs ? 1 : 0);
      word{words_.released}.store(loop_);
    }
  } else {
    wait_until([&] { return word{words_.released}.load() >= loop_; });
    end = {word{words_.total_failure}.load(), word{words_.differs}.load() != 0};
  }
  team_.home_base += home_.end;
  team_.signature_base[parity_] += static_cast<std::uint64_t>(team_.here()) * plan_.signature();
  if (end.failure == 0 && !end.differs) return;
  if (end.failure != 0 && mail_) mail_->settle();
  team_.reset(comm_);
  if (end.differs) {
    throw argument_error{
        fmt::format("{} on rank {} (called at {}:{}): the ranks do not run the same loop (this one {} indices, at "
                    "least {} at a "
                    "time); pass the same number of indices, schedule and chunk on every rank",
                    routine_, comm_.rank(), where_.file, where_.line, plan_.count, plan_.unit)};
  }
  throw_failure(end.failure);
}

void shared_loop::throw_failure(std::uint64_t code) {
  const bool mine = failure_ && ~failure_->task == code;
  const int owner = comm_.allreduce(mine ? comm_.rank() : -1, maximum{}, where_);
  auto failure = mine ? std::move(*failure_) : task_failure{};
  comm_.bcast(failure, {.root = owner}, where_);
  throw task_error{std::move(failure)};
}

}  // namespace cohort::detail
