// The example of docs/faults.md of a farm that goes on when ranks are lost. A program of its own, which is started
// by cohort-run --fault-tolerant.
#include <cohort/cohort.hpp>

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <numeric>
#include <thread>
#include <vector>

namespace {

/// Takes a while; one rank dies in it.
double simulate(int rank, int seed) {
  static int calls = 0;
  if (rank == 2 && ++calls == 3) (void)std::raise(SIGKILL);
  std::this_thread::sleep_for(std::chrono::milliseconds{20});
  return seed / 2.0;
}

}  // namespace

// example: surviving-farm
int main(int argc, char** argv) {
  cohort::environment env{argc, argv};
  const auto& world = env.world();
  cohort::farm farm{
      world, [rank = world.rank()](int seed) { return simulate(rank, seed); }, {.fault_tolerant = true}};

  std::vector<int> seeds(100);
  std::iota(seeds.begin(), seeds.end(), 0);
  double sum = 0;
  const auto report = farm.run(seeds, [&](double energy) { sum += energy; });
  // From here on no collective call, if somebody was lost; MPI ends by itself.
  if (world.rank() == 0) {
    fmt::print("{} of {} tasks, sum {}\n", report.succeeded, report.tasks, sum);
    for (std::size_t r = 0; r != report.ranks.size(); ++r) {
      const auto& one = report.ranks[r];
      if (one.lost) fmt::print("rank {} ({}) was lost, {} task(s) ran again\n", r, one.host, one.rerun);
    }
  }
  return report.complete() ? 0 : 1;  // the root's is what cohort-run returns
}
// end
