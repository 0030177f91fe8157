#include <cohort/collective/ibarrier.hpp>
#include <cohort/core/detail/backoff.hpp>
#include <cohort/p2p/isend.hpp>
#include <cohort/p2p/probe.hpp>
#include <cohort/p2p/send.hpp>
#include <cohort/pattern/crew/gang/thread_needs.hpp>
#include <cohort/pattern/detail/map_service.hpp>
#include <cohort/pattern/rank_error.hpp>
#include <cohort/serial/pack.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace cohort::detail {

namespace {

enum kind : int { good, bad };
constexpr int highest_tag = 32767;  // what every MPI allows

void require_multiple(const communicator& comm, const call_site& where) {
  if (comm.size() == 1 || crew::all_multiple(comm, where)) return;
  throw argument_error{fmt::format("shared_map on rank {} (called at {}:{}): {}", comm.rank(), where.file,
                                   where.line, crew::needs_multiple("answering others"))};
}

const communicator& checked(const communicator& comm, const call_site& where) {
  require_multiple(comm, where);
  return comm;
}

}  // namespace

rank_failure describe_update_failure(const communicator& comm) {
  return describe_rank_failure(comm, "shared_map", "function of an update");
}

map_service::map_service(const communicator& comm, answerer answer, const call_site& where)
    : questions_{checked(comm, where).duplicate(where)},
      answers_{comm.duplicate(where)},
      modules_{comm, 0},
      answer_{std::move(answer)} {
  if (comm.size() > 1) thread_ = std::thread{[this] { serve(); }};
}

map_service::~map_service() {
  if (thread_.joinable()) thread_.join();
}

bool map_service::stop(std::optional<std::chrono::nanoseconds> patience) {
  if (!thread_.joinable()) return true;
  {
    const std::lock_guard lock{mutex_};
    all_here_ = questions_.ibarrier();
    leaving_ = true;
  }
  if (!patience) return true;  // the destructor waits
  const auto until = std::chrono::steady_clock::now() + *patience;
  for (backoff pause; !ended_; pause.once()) {
    if (std::chrono::steady_clock::now() < until) continue;
    thread_.detach();
    return false;
  }
  return true;
}

buffer<std::byte> map_service::ask(int rank, const buffer<std::byte>& question, const call_site& where) {
  const int tag = static_cast<int>(static_cast<unsigned>(asked_.fetch_add(1)) % (highest_tag + 1U));
  questions_.send(question, {.dest = rank, .tag = tag}, where);
  backoff pause;
  for (;;) {
    if (auto found = answers_.improbe({.source = rank, .tag = tag}, where)) {
      auto answer = found->recv<buffer<std::byte>>(where);
      const auto kind_of = static_cast<int>(answer[answer.size() - 1]);
      answer.truncate(answer.size() - 1);
      if (kind_of == bad) throw rank_error{serial::unpack<rank_failure>({answer.data(), answer.size()})};
      return answer;
    }
    pause.once(std::chrono::seconds{1}, true);
  }
}

bool map_service::answer_one() {
  auto found = questions_.improbe();
  if (!found) return false;
  const auto question = found->recv<buffer<std::byte>>();
  const auto with = [](buffer<std::byte> answer, kind which) {
    buffer<std::byte> marked(answer.size() + 1);
    std::copy(answer.begin(), answer.end(), marked.begin());
    marked[answer.size()] = static_cast<std::byte>(which);
    return marked;
  };
  buffer<std::byte> answer;
  try {
    answer = with(answer_({question.data(), question.size()}), good);
  } catch (...) {
    answer = with(serial::pack(describe_update_failure(questions_)), bad);
  }
  answers_.send(answer, {.dest = found->source(), .tag = found->tag()});
  return true;
}

void map_service::serve() {
  for (backoff pause;;) {
    if (answer_one()) {
      pause.reset();
      continue;
    }
    {
      const std::lock_guard lock{mutex_};
      if (leaving_ && all_here_.test()) break;
    }
    pause.once();
  }
  // Nobody asks any more: every rank has had all its answers before it came to the barrier.
  ended_ = true;
}

}  // namespace cohort::detail
