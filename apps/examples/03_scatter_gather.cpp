// Collectives: the root deals out a long vector, each rank works on its part, the root gets the parts back.
#include <cohort/cohort.hpp>

#include <cmath>
#include <functional>
#include <iostream>
#include <numeric>
#include <vector>

int main(int argc, char** argv) {
  cohort::environment env{argc, argv};
  const auto& world = env.world();

  std::vector<double> whole;
  if (world.rank() == 0) {
    whole.resize(1001);
    std::iota(whole.begin(), whole.end(), 0.0);
  }
  auto part = world.scatter(whole);  // blocks of any length: 1001 need not divide by the number of ranks
  for (auto& x : part) x = std::sqrt(x);

  const double local = std::accumulate(part.begin(), part.end(), 0.0);
  const double sum = world.allreduce(local, std::plus{});  // on every rank
  const auto [roots, counts] = world.gatherv(part);        // on the root
  if (world.rank() == 0) {
    std::cout << roots.size() << " roots from " << counts.size() << " ranks, the last is " << roots.back()
              << ", their sum is " << std::lround(sum) << '\n';
  }
}
