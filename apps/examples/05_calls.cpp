// The calls that most programs need, a line each; the README shows them.
#include <cohort/cohort.hpp>

#include <functional>
#include <iostream>
#include <vector>

static void calls(const cohort::communicator& world) {  // every rank runs these lines
  const int rank = world.rank();
  std::vector<double> v(12, rank);
  if (rank == 0 && world.size() > 1) world.send(v, {.dest = 1});      // any type, any length
  if (rank == 1) v = world.recv<std::vector<double>>({.source = 0});  // finds the length out
  auto mine = world.scatter(v, {.root = 0});               // a part for each rank; v counts on the root only
  auto [values, counts] = world.gatherv(mine);             // on the root (0 unless you say), elsewhere empty
  world.bcast(v);                                          // the root's, resized to fit
  auto total = world.allreduce(mine.size(), std::plus{});  // on every rank
  auto last = world.reduce(rank, cohort::maximum{});       // a std::optional, empty but on the root
  if (rank == 0) std::cout << values.size() << " of " << total << " values (ranks: " << *last + 1 << ")\n";
}

int main(int argc, char** argv) {
  cohort::environment env{argc, argv};
  calls(env.world());
}
