// watchdog_cost [BLOCKS] [ROUNDS], at 2 ranks: what a watchdog that is on costs a ping-pong of 8 B. In one process
// on each side short blocks with it on and off take turns; prints what a message takes in the tenth part of the
// blocks that is quickest, and the ratio. Exit status 1 if that is above its bar.
#include <cohort/core/detail/waiting.hpp>
#include <cohort/core/environment.hpp>
#include <cohort/p2p.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <span>
#include <vector>

namespace {

constexpr double bar = 1.02;

/// Of the quickest tenth the slowest: blocks that other programs on the machine have disturbed lie above it.
double undisturbed(std::vector<double> values) {
  const auto tenth = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 10);
  std::nth_element(values.begin(), tenth, values.end());
  return *tenth;
}

/// Nanoseconds per message.
double block(const cohort::communicator& world, long rounds) {
  std::vector<double> data(1);
  const int other = 1 - world.rank();
  const auto begun = std::chrono::steady_clock::now();
  for (long i = 0; i != rounds; ++i) {
    if (world.rank() == 0) world.send(data, {.dest = other});
    world.recv_into(std::span{data}, {.source = other, .tag = 0});
    if (world.rank() == 1) world.send(data, {.dest = other});
  }
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begun;
  return took.count() / static_cast<double>(2 * rounds);
}

}  // namespace

int main(int argc, char** argv) {
  const cohort::environment env{{.watchdog = 3600}};
  const auto& world = env.world();
  if (world.size() != 2) {
    fmt::print(stderr, "watchdog_cost: run with mpirun -n 2\n");
    return 2;
  }
  const long blocks = argc > 1 ? std::atol(argv[1]) : 2000;
  const long rounds = argc > 2 ? std::atol(argv[2]) : 500;
  auto* const on = cohort::detail::watched();
  std::vector<double> with;
  std::vector<double> without;
  for (long i = 0; i < blocks; ++i) {
    // Which comes first changes too, so that neither gains by its place.
    for (const bool watched : {i % 2 == 0, i % 2 != 0}) {
      cohort::detail::watching = watched ? on : nullptr;
      (watched ? with : without).push_back(block(world, rounds));
    }
  }
  cohort::detail::watching = on;
  if (world.rank() != 0 || with.empty()) return 0;
  const double ratio = undisturbed(with) / undisturbed(without);
  fmt::print("8 B ping-pong, ns per message: watchdog off {:.1f}, on {:.1f}; ratio {:.3f}, bar {}: {}\n",
             undisturbed(without), undisturbed(with), ratio, bar, ratio <= bar ? "ok" : "MISSED");
  return ratio <= bar ? 0 : 1;
}
