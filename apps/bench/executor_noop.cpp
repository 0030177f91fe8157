// executor_noop: futures of tasks that do nothing, beside a master-worker loop written by hand on MPI that sends
// one message per task. Both keep the same number of tasks outstanding, and take turns in one process. Tasks that
// cost less than a message are run where they are waited for; those that take a task_context are always sent.
//
//   mpirun -n 2 executor_noop [--tasks 100000] [--outstanding 1,4,100,1000] [--rounds 5]
//
// Prints a line per number outstanding: it, the hand-written loop's tasks per second, the executor's, their ratio,
// the same of tasks that are sent.
#include <cohort/cohort.hpp>

#include "bench/timing.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <stdexcept>
#include <vector>

namespace {

using seconds = std::chrono::duration<double>;
using cohort_bench::median;
using cohort_bench::steady;

int noop(int x) {
  return x;
}
int noop_sent(cohort::task_context&, int x) {
  return x;
}

constexpr int task_tag = 1;
constexpr int result_tag = 2;

void work_by_hand(MPI_Comm comm) {
  for (;;) {
    int x = 0;
    MPI_Recv(&x, 1, MPI_INT, 0, task_tag, comm, MPI_STATUS_IGNORE);
    if (x < 0) return;
    const int y = noop(x);
    MPI_Send(&y, 1, MPI_INT, 0, result_tag, comm);
  }
}

/// The sum of the results. Tasks go to the workers in turn, then to whoever has sent a result.
std::int64_t lead_by_hand(MPI_Comm comm, int tasks, int outstanding) {
  int size = 1;
  MPI_Comm_size(comm, &size);
  std::int64_t sum = 0;
  if (size == 1) {
    for (int i = 0; i != tasks; ++i) sum += noop(i);
    return sum;
  }
  int sent = 0;
  for (; sent != std::min(tasks, outstanding); ++sent)
    MPI_Send(&sent, 1, MPI_INT, 1 + sent % (size - 1), task_tag, comm);
  for (int done = 0; done != tasks; ++done) {
    int y = 0;
    MPI_Status status;
    MPI_Recv(&y, 1, MPI_INT, MPI_ANY_SOURCE, result_tag, comm, &status);
    sum += y;
    if (sent == tasks) continue;
    MPI_Send(&sent, 1, MPI_INT, status.MPI_SOURCE, task_tag, comm);
    ++sent;
  }
  const int stop = -1;
  for (int worker = 1; worker != size; ++worker) MPI_Send(&stop, 1, MPI_INT, worker, task_tag, comm);
  return sum;
}

template <class F>
std::int64_t by_executor(const cohort::executor& pool, F f, int tasks, int outstanding) {
  std::int64_t sum = 0;
  std::deque<cohort::future<int>> under_way;
  for (int i = 0; i != tasks; ++i) {
    if (under_way.size() == static_cast<std::size_t>(outstanding)) {
      sum += under_way.front().get();
      under_way.pop_front();
    }
    under_way.push_back(pool.submit(f, i));
  }
  for (auto& each : under_way) sum += each.get();
  return sum;
}

/// Tasks per second of `run`, which gives the sum of all results.
template <class Run>
double rate(int tasks, const Run& run) {
  const auto begun = steady::now();
  const auto sum = run();
  const double took = seconds{steady::now() - begun}.count();
  if (sum != static_cast<std::int64_t>(tasks) * (tasks - 1) / 2) throw std::runtime_error{"the results are wrong"};
  return tasks / took;
}

void compare(const cohort::communicator& world, int tasks, int outstanding, int rounds) {
  std::vector<double> hand;
  std::vector<double> executor;
  std::vector<double> sent;
  const auto comm = static_cast<MPI_Comm>(world);
  for (int round = 0; round != rounds; ++round) {
    world.barrier();
    if (world.rank() == 0) {
      hand.push_back(rate(tasks, [&] { return lead_by_hand(comm, tasks, outstanding); }));
    } else {
      work_by_hand(comm);
    }
    cohort::run_executor(world, [&](cohort::executor& pool) {
      (void)by_executor(pool, noop, std::min(tasks, 1000), outstanding);  // all ranks have joined
      executor.push_back(rate(tasks, [&] { return by_executor(pool, noop, tasks, outstanding); }));
      (void)by_executor(pool, noop_sent, std::min(tasks, 1000), outstanding);
      sent.push_back(rate(tasks, [&] { return by_executor(pool, noop_sent, tasks, outstanding); }));
    });
  }
  if (world.rank() != 0) return;
  fmt::print("{:>11} {:14.0f} {:14.0f} {:7.2f} {:14.0f} {:7.2f}\n", outstanding, median(hand), median(executor),
             median(executor) / median(hand), median(sent), median(sent) / median(hand));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  int tasks = 100'000;
  int rounds = 5;
  std::vector<int> outstanding{1, 4, 100, 1000};
  CLI::App app{"Futures of empty tasks beside a hand-written master-worker loop"};
  app.add_option("--tasks", tasks, "number of tasks")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--outstanding", outstanding, "tasks outstanding")->delimiter(',')->check(CLI::PositiveNumber);
  app.add_option("--rounds", rounds, "medians are of so many")->check(CLI::PositiveNumber)->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const cohort::environment env{argc, argv, {.threads = cohort::thread_level::serialized}};
  if (env.world().rank() == 0) {
    fmt::print("{} ranks, {} empty tasks, medians of {} rounds; tasks per second\n", env.world().size(), tasks,
               rounds);
    fmt::print("{:>11} {:>14} {:>14} {:>7} {:>14} {:>7}\n", "outstanding", "by hand", "executor", "ratio", "sent",
               "ratio");
  }
  for (const int each : outstanding) compare(env.world(), tasks, each, rounds);
}
