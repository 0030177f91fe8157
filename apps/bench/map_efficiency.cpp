// map_efficiency: how well parallel_for shares out tasks of uneven length, beside loops written by hand: equal
// blocks, and one task at a time from a counter in an MPI window. Efficiency is the work of all tasks divided by
// ranks x time.
//
//   mpirun -n 2 map_efficiency [--tasks 1000] [--mean 1e-3] [--spin] [--schedule name] [--node-size n] [--rounds 3]
//   mpirun -n 2 map_efficiency --noop 20000000        parallel_map of an empty function, elements per second
//
// Tasks sleep, which needs no core, unless --spin is given.
#include <cohort/cohort.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

using seconds = std::chrono::duration<double>;
using steady = std::chrono::steady_clock;
using cohort::dispatch::schedule;

struct settings {
  int tasks = 1000;
  double mean = 1e-3;
  bool spin = false;
  schedule how = schedule::automatic;
  int node_size = 0;
  int rounds = 3;
  std::uint64_t seed = 1;
  int noop = 0;
};

void run_task(double length, bool spin) {
  const auto end = steady::now() + std::chrono::duration_cast<steady::duration>(seconds{length});
  if (spin) {
    while (steady::now() < end) {
    }
  } else {
    std::this_thread::sleep_until(end);
  }
}

/// Lengths with the mean asked for: the same list on every rank.
std::vector<double> lengths(const std::string& kind, const settings& how) {
  std::mt19937_64 random{how.seed};
  std::vector<double> result(static_cast<std::size_t>(how.tasks));
  for (auto& each : result) {
    const double u = std::uniform_real_distribution<double>{1e-9, 1.0}(random);
    if (kind == "pareto 1.5") {
      each = std::min(std::pow(u, -1.0 / 1.5), 50.0);  // the longest is cut, or it alone would be the whole time
    } else {
      each = kind == "uniform" ? u : -std::log(u);
    }
  }
  if (kind == "rising") std::ranges::sort(result);
  if (kind == "falling") std::ranges::sort(result, std::ranges::greater{});
  const double scale = how.mean * how.tasks / std::reduce(result.begin(), result.end());
  for (auto& each : result) each *= scale;
  return result;
}

/// What the slowest rank needs for `loop`, and what all ranks together spent in tasks.
template <class Loop>
std::pair<double, double> timed(const cohort::communicator& world, Loop&& loop) {
  world.barrier();
  const auto begun = steady::now();
  const double busy = loop();
  const double wall = seconds{steady::now() - begun}.count();
  return {world.allreduce(wall, cohort::maximum{}), world.allreduce(busy, std::plus{})};
}

/// Tasks one after the other; the time in them, as it was (a sleep is never exactly as long as asked for).
template <class Next>
double run_all(const std::vector<double>& tasks, bool spin, Next&& next) {
  double busy = 0;
  for (auto i = next(); i < static_cast<std::int64_t>(tasks.size()); i = next()) {
    const auto begun = steady::now();
    run_task(tasks[static_cast<std::size_t>(i)], spin);
    busy += seconds{steady::now() - begun}.count();
  }
  return busy;
}

double by_blocks(MPI_Comm comm, const std::vector<double>& tasks, bool spin) {
  int rank = 0;
  int size = 1;
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
  const auto n = static_cast<std::int64_t>(tasks.size());
  const auto each = (n + size - 1) / size;
  const auto end = std::min(n, each * (rank + 1));
  const double busy = run_all(tasks, spin, [&, i = each * rank]() mutable { return i < end ? i++ : n; });
  MPI_Barrier(comm);
  return busy;
}

double by_counter(MPI_Comm comm, const std::vector<double>& tasks, bool spin) {
  int rank = 0;
  MPI_Comm_rank(comm, &rank);
  std::int64_t* memory = nullptr;
  MPI_Win win = MPI_WIN_NULL;
  MPI_Win_allocate(rank == 0 ? sizeof(std::int64_t) : 0, 1, MPI_INFO_NULL, comm, static_cast<void*>(&memory), &win);
  if (rank == 0) *memory = 0;
  MPI_Barrier(comm);
  MPI_Win_lock_all(MPI_MODE_NOCHECK, win);
  const double busy = run_all(tasks, spin, [&] {
    const std::int64_t one = 1;
    std::int64_t mine = 0;
    MPI_Fetch_and_op(&one, &mine, MPI_INT64_T, 0, 0, MPI_SUM, win);
    MPI_Win_flush(0, win);
    return mine;
  });
  MPI_Win_unlock_all(win);
  MPI_Win_free(&win);
  return busy;
}

void uneven_tasks(const cohort::communicator& world, const settings& how) {
  const bool root = world.rank() == 0;
  if (root) {
    fmt::print("{} ranks, {} tasks of {:.2g} s, {}; median efficiency of {} rounds\n", world.size(), how.tasks,
               how.mean, how.spin ? "spinning" : "asleep", how.rounds);
    fmt::print("{:12} {:>12} {:>14} {:>12} {:>18}\n", "lengths", "parallel_for", "static blocks", "one by one",
               "ratio to the better");
  }
  for (const auto* kind : {"exponential", "rising", "falling", "pareto 1.5", "uniform"}) {
    const auto tasks = lengths(kind, how);
    std::vector<std::vector<double>> efficiency(3);
    const auto enter = [&](std::size_t column, const std::pair<double, double>& wall_and_busy) {
      efficiency[column].push_back(wall_and_busy.second / (world.size() * wall_and_busy.first));
    };
    for (int round = 0; round != how.rounds; ++round) {
      enter(0, timed(world, [&] {
              return cohort::parallel_for(world, tasks.size(), [&](std::size_t i) { run_task(tasks[i], how.spin); },
                                          {.schedule = how.how, .node_size = how.node_size})
                  .busy_seconds;
            }));
      enter(1, timed(world, [&] { return by_blocks(world, tasks, how.spin); }));
      enter(2, timed(world, [&] { return by_counter(world, tasks, how.spin); }));
    }
    std::vector<double> median;
    for (auto& column : efficiency) {
      std::ranges::sort(column);
      median.push_back(column[column.size() / 2]);
    }
    if (root) {
      fmt::print("{:12} {:12.3f} {:14.3f} {:12.3f} {:18.3f}\n", kind, median[0], median[1], median[2],
                 median[0] / std::max(median[1], median[2]));
    }
  }
}

void empty_tasks(const cohort::communicator& world, const settings& how) {
  std::vector<double> walls;
  bool right = true;
  for (int round = 0; round != how.rounds; ++round) {
    walls.push_back(timed(world, [&] {
                      const auto all = cohort::parallel_map(world, how.noop, [](int i) { return i; },
                                                            {.schedule = how.how, .node_size = how.node_size});
                      if (!all.empty())
                        right = all.size() == static_cast<std::size_t>(how.noop) && all.back() == how.noop - 1;
                      return 0.0;
                    }).first);
  }
  std::ranges::sort(walls);
  if (world.rank() == 0) {
    fmt::print("parallel_map of {} empty tasks, {} ranks: {:.1f} million per second{}\n", how.noop, world.size(),
               how.noop / walls[walls.size() / 2] / 1e6, right ? "" : ", WRONG");
  }
}

}  // namespace

int main(int argc, char** argv) {
  settings how;
  std::string name = "automatic";
  CLI::App app{"Efficiency of parallel_for with tasks of uneven length"};
  app.add_option("--tasks", how.tasks, "number of tasks")->check(CLI::PositiveNumber);
  app.add_option("--mean", how.mean, "mean length, in seconds")->check(CLI::PositiveNumber);
  app.add_flag("--spin", how.spin, "tasks use a core instead of sleeping");
  app.add_option("--schedule", name, "of parallel_for")->check([&how](const std::string& given) {
    try {
      how.how = cohort::dispatch::parse_schedule(given);
      return std::string{};
    } catch (const cohort::argument_error& e) {
      return std::string{e.what()};
    }
  });
  app.add_option("--node-size", how.node_size, "ranks to a node, fewer than there are")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--rounds", how.rounds, "medians are of so many")->check(CLI::PositiveNumber);
  app.add_option("--seed", how.seed, "of the lengths");
  app.add_option("--noop", how.noop, "measure parallel_map of so many empty tasks instead")
      ->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  const cohort::environment env{argc, argv};
  if (how.noop > 0) {
    empty_tasks(env.world(), how);
  } else {
    uneven_tasks(env.world(), how);
  }
}
