#include "bench/simulate/measure.hpp"

#include <cohort/dispatch/scheduler.hpp>
#include <cohort/p2p/probe.hpp>
#include <cohort/p2p/recv.hpp>
#include <cohort/p2p/send.hpp>
#include <cohort/pattern/crew/letter.hpp>
#include <cohort/pattern/crew/post.hpp>
#include <cohort/pattern/detail/window.hpp>
#include <cohort/serial/pack.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <limits>
#include <optional>
#include <span>
#include <thread>
#include <variant>
#include <vector>

namespace cohort_simulate {
namespace {

using namespace std::chrono_literals;
namespace crew = cohort::crew;
namespace dispatch = cohort::dispatch;

nanoseconds processor_time() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return std::chrono::seconds{t.tv_sec} + nanoseconds{t.tv_nsec};
}

/// The least of several rounds.
template <class Round>
nanoseconds best(int rounds, Round&& round) {
  auto least = nanoseconds::max();
  for (int i = 0; i < rounds; ++i) least = std::min(least, round());
  return least;
}

/// What the root of a farm does for a task, but for the messages: takes it from the input, has it assigned, writes
/// it into a letter; reads the report, unpacks the result, hands it over.
class bare_root {
 public:
  bare_root() {
    for (dispatch::worker_id w = 0; w < workers; ++w) scheduler_.worker_joined(w, slots);
  }

  nanoseconds run(std::uint64_t tasks) {
    const auto begun = processor_time();
    for (std::uint64_t done = 0; done < tasks;) {
      while (entries_.size() < 8192) {
        entries_.emplace_back(entry{1, {}});
        scheduler_.add();
      }
      act();
      for (auto& l : letters_) {
        if (l.empty()) continue;
        done += answer(static_cast<dispatch::worker_id>(&l - letters_.data()), l.take());
      }
    }
    return (processor_time() - begun) / static_cast<std::int64_t>(tasks);
  }

 private:
  static constexpr dispatch::worker_id workers = 64;
  static constexpr std::uint32_t slots = 32;
  struct entry {
    int task = 0;
    std::optional<int> result;
  };

  void act() {
    while (const auto next = scheduler_.next()) {
      if (const auto* a = std::get_if<dispatch::assign>(&*next)) {
        for (const auto& each : a->attempts) {
          const auto& task = entries_[each.task].task;
          letters_[a->worker].add_written(crew::word::run, {each.task, each.attempt},
                                          cohort::serial::packed_size(task),
                                          [&](std::byte* to) { cohort::serial::pack_to(to, task); });
        }
      } else if (const auto* d = std::get_if<dispatch::deliver>(&*next)) {
        sum_ += *entries_[d->task].result;
        entries_.erase(d->task);
      }
    }
  }

  /// The worker's letter looks like the one that it got: same tasks, same length.
  std::uint64_t answer(dispatch::worker_id worker, const std::vector<std::byte>& said) {
    crew::letter_reader reader{said};
    std::uint64_t n = 0;
    while (const auto each = reader.next()) {
      ++n;
      now_ += 1us;
      scheduler_.succeeded(worker, {each->head.task, each->head.attempt}, 1ms, now_);
      cohort::serial::input in{each->payload};
      in >> entries_[each->head.task].result.emplace();
    }
    return n;
  }

  dispatch::scheduler scheduler_;
  cohort::detail::window<entry> entries_;
  std::vector<crew::letter> letters_ = std::vector<crew::letter>(workers);
  dispatch::time_point now_{0};
  std::int64_t sum_ = 0;
};

crew::letter some_letter() {
  crew::letter l;
  for (dispatch::task_id i = 0; i < 2; ++i) l.add(crew::word::report, {i, 0}, 1'000'000);
  return l;
}

/// Sending one letter and receiving one, halved: as the coordinator does it.
nanoseconds message_cost(const cohort::communicator& comm, int other, int letters) {
  crew::post out{comm, false};
  std::vector<std::byte> in;
  const auto begun = processor_time();
  for (int sent = 0, heard = 0; heard < letters;) {
    for (; sent < letters && sent - heard < 64; ++sent) {
      auto l = some_letter();
      out.send(l, other, crew::to_worker);
    }
    while (auto found = comm.improbe({.tag = crew::to_worker})) {
      found->recv_into(in);
      ++heard;
    }
    out.sweep();
  }
  const auto took = processor_time() - begun;
  out.drain();
  return took / (2 * letters);
}

void echo(const cohort::communicator& comm, int letters) {
  crew::post out{comm, false};
  std::vector<std::byte> in;
  for (int n = 0; n < letters;) {
    while (auto found = comm.improbe({.source = 0, .tag = crew::to_worker})) {
      found->recv_into(in);
      auto l = some_letter();
      out.send(l, 0, crew::to_worker);
      ++n;
    }
    out.sweep();
  }
  out.drain();
}

/// Half of a round trip, of the clock's time.
nanoseconds latency(const cohort::communicator& comm, int trips) {
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < trips; ++i) {
    comm.send(i, {.dest = 1, .tag = 3});
    (void)comm.recv<int>({.source = 1, .tag = 3});
  }
  return (std::chrono::steady_clock::now() - begun) / (2 * trips);
}

void answer(const cohort::communicator& comm, int trips) {
  for (int i = 0; i < trips; ++i) comm.send(comm.recv<int>({.source = 0, .tag = 3}), {.dest = 0, .tag = 3});
}

/// How much longer than asked for a sleep lasts: the middle one of several.
nanoseconds nap() {
  std::vector<nanoseconds> extra;
  for (int i = 0; i < 201; ++i) {
    const auto begun = std::chrono::steady_clock::now();
    std::this_thread::sleep_for(20us);
    extra.push_back(std::chrono::steady_clock::now() - begun - 20us);
  }
  std::sort(extra.begin(), extra.end());
  return extra[extra.size() / 2];
}

}  // namespace

costs measure(const cohort::communicator& comm) {
  constexpr int rounds = 7;
  constexpr int letters = 20'000;
  constexpr int trips = 1'000;
  costs c;
  c.latency = 0ns;
  if (comm.rank() == 0) {
    bare_root root;
    c.task = best(rounds, [&] { return root.run(200'000); });
    c.nap = nap();
    const int other = comm.size() > 1 ? 1 : 0;
    c.message = best(rounds, [&] { return message_cost(comm, other, letters); });
    if (other != 0) c.latency = best(rounds, [&] { return latency(comm, trips); });
  } else if (comm.rank() == 1) {
    for (int i = 0; i < rounds; ++i) echo(comm, letters);
    for (int i = 0; i < rounds; ++i) answer(comm, trips);
  }
  return c;
}

}  // namespace cohort_simulate
