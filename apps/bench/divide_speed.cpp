// divide_speed: divide_and_conquer beside the recursion that it stands for, on one rank, taking turns.
//
//   mpirun -n 2 divide_speed [--levels 16] [--node 1e-6] [--numbers 4000000] [--rounds 5] [--cutoff 1e-4]
//
// (a) uts: counts the nodes of an unbalanced tree. As in the Unbalanced Tree Search benchmark (Olivier et al.,
// 2006) the number of a node's children is distributed geometrically, with a mean that falls from level to level;
// the root has 20. Each node takes some time. (b) merge sort, down to parts of 10,000 numbers. Prints seconds,
// speed-up, and efficiency: the recursion's time divided by ranks x time. Exit status 1 if that of (a) is less than
// --least, 0.95 (0: whatever it is).
#include <cohort/cohort.hpp>

#include "bench/timing.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <random>
#include <utility>
#include <vector>

namespace {

using cohort_bench::median;
using cohort_bench::seconds_since;
using cohort_bench::steady;

struct settings {
  int levels = 16;
  double node = 1e-6;
  std::size_t numbers = 4'000'000;
  int rounds = 5;
  double cutoff = 1e-4;
  double least = 0.95;
};

/// A node of the tree: what becomes of it follows from its state.
struct node {
  std::uint64_t state = 0;
  int level = 0;
};

/// `steps` times splitmix64: what a node takes.
std::uint64_t worked(std::uint64_t x, int steps) {
  for (int i = 0; i != steps; ++i) {
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    x ^= x >> 31U;
  }
  return x;
}

class tree {
 public:
  tree(int levels, int steps) : levels_{levels}, steps_{steps} {}

  [[nodiscard]] int children(const node& n) const {
    if (n.level == 0) return 20;
    if (n.level >= levels_) return 0;
    const double mean = 4.0 * (1.0 - static_cast<double>(n.level) / levels_);
    const double u = static_cast<double>(n.state >> 11U) * 0x1p-53;
    // Geometric, with this mean.
    return std::min(static_cast<int>(std::log(1 - u) / std::log(mean / (1 + mean))), 100);
  }
  [[nodiscard]] std::vector<node> split(const node& n) const {
    std::vector<node> result(static_cast<std::size_t>(children(n)));
    for (std::size_t i = 0; i != result.size(); ++i) result[i] = {worked(n.state + i, steps_), n.level + 1};
    return result;
  }

 private:
  int levels_;
  int steps_;
};

std::uint64_t sum(const std::vector<std::uint64_t>& parts) {
  std::uint64_t result = 1;
  for (const auto each : parts) result += each;
  return result;
}

using numbers = std::vector<int>;

std::array<numbers, 2> halves(const numbers& part) {
  const auto middle = part.begin() + static_cast<std::ptrdiff_t>(part.size() / 2);
  return {numbers(part.begin(), middle), numbers(middle, part.end())};
}

numbers sorted(numbers part) {
  std::sort(part.begin(), part.end());
  return part;
}

numbers merged(const std::vector<numbers>& parts) {
  numbers whole(parts[0].size() + parts[1].size());
  std::merge(parts[0].begin(), parts[0].end(), parts[1].begin(), parts[1].end(), whole.begin());
  return whole;
}

/// The recursion: what somebody writes who needs one rank only.
template <class P, class Divisible, class Split, class Solve, class Merge>
auto recursion(P problem, const Divisible& divisible, const Split& split, const Solve& solve, const Merge& merge)
    -> decltype(solve(std::move(problem))) {
  if (!divisible(problem)) return solve(std::move(problem));
  auto pieces = split(std::move(problem));
  std::vector<decltype(solve(std::move(problem)))> results;
  results.reserve(pieces.size());
  for (auto& each : pieces) results.push_back(recursion(std::move(each), divisible, split, solve, merge));
  return merge(std::move(results));
}

/// Efficiency; on every rank.
template <class P, class Divisible, class Split, class Solve, class Merge>
double compare(const cohort::communicator& world, const char* what, const settings& how, const P& problem,
               const Divisible& divisible, const Split& split, const Solve& solve, const Merge& merge) {
  std::vector<double> alone;
  std::vector<double> together;
  cohort::divide_share share;
  for (int round = 0; round != how.rounds; ++round) {
    decltype(solve(problem)) expected{};
    if (world.rank() == 0) {
      auto copy = problem;
      const auto begun = steady::now();
      expected = recursion(std::move(copy), divisible, split, solve, merge);
      alone.push_back(seconds_since(begun));
    }
    auto copy = problem;
    world.barrier();
    const auto begun = steady::now();
    const auto result = cohort::divide_and_conquer(
        world, std::move(copy), divisible, split, solve, merge,
        {.cutoff = std::chrono::nanoseconds{static_cast<std::int64_t>(how.cutoff * 1e9)}, .share = &share});
    together.push_back(seconds_since(begun));
    if (result && *result != expected) throw cohort::error{"divide_speed: the results differ"};
  }
  const auto shares = world.gather(share);
  double efficiency = 0;
  if (world.rank() == 0) {
    const double one = median(alone);
    const double all = median(together);
    efficiency = one / all / world.size();
    std::uint64_t moved = 0;
    double idle = 0;
    for (const auto& each : shares) {
      moved += each.taken;
      idle += each.idle_seconds;
    }
    fmt::print("{:<12} {:>9.4f} {:>9.4f} {:>9.2f} {:>11.3f} {:>12} {:>9.4f} {:>8}\n", what, one, all, one / all,
               efficiency, moved, idle, share.cutoff_depth);
    std::fflush(stdout);
  }
  world.bcast(efficiency, {.root = 0});
  return efficiency;
}

}  // namespace

int main(int argc, char** argv) {
  settings how;
  CLI::App app{"divide_and_conquer beside the recursion"};
  app.add_option("--levels", how.levels, "of the tree")->capture_default_str();
  app.add_option("--node", how.node, "seconds that a node takes")->capture_default_str();
  app.add_option("--numbers", how.numbers, "to be sorted")->capture_default_str();
  app.add_option("--rounds", how.rounds, "medians are of so many")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--cutoff", how.cutoff, "divide_options::cutoff, in seconds")->capture_default_str();
  app.add_option("--least", how.least, "efficiency of the tree search that is asked for")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const cohort::environment env{argc, argv};
  const auto& world = env.world();

  // How many steps take so long.
  const auto begun = steady::now();
  volatile std::uint64_t kept = worked(1, 10'000'000);
  (void)kept;
  auto steps = std::max(static_cast<int>(how.node / seconds_since(begun) * 1e7), 1);
  world.bcast(steps, {.root = 0});
  std::vector<int> shuffled;
  if (world.rank() == 0) {
    std::mt19937 random{1};
    shuffled.resize(how.numbers);
    for (auto& each : shuffled) each = static_cast<int>(random() >> 1U);
    fmt::print("{} ranks\n{:<12} {:>9} {:>9} {:>9} {:>11} {:>12} {:>9} {:>8}\n", world.size(), "", "recursion",
               "together", "speed-up", "efficiency", "handed over", "idle s", "cut-off");
  }
  const tree shape{how.levels, steps};
  const double efficiency = compare(
      world, "uts", how, node{0x2545f4914f6cdd1dU, 0}, [&](const node& n) { return shape.children(n) != 0; },
      [&](const node& n) { return shape.split(n); }, [](const node&) { return std::uint64_t{1}; }, sum);
  compare(
      world, "merge sort", how, shuffled, [](const numbers& part) { return part.size() > 10'000; }, halves, sorted,
      merged);
  return efficiency < how.least ? 1 : 0;
}
