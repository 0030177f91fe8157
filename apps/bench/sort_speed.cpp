// sort_speed: parallel_sort of values spread over the ranks beside std::sort of all of them on one, taking turns.
//
//   mpirun -n 2 sort_speed [--doubles 10000000] [--strings 1000000] [--rounds 3] [--stable] [--prefix 0]
//
// Prints, for random doubles and random strings of 4 to 20 letters (behind as many equal ones as --prefix says),
// the seconds of both and how many times faster parallel_sort is. Exit status 1 if that is less than 1.6 at two
// ranks.
#include <cohort/cohort.hpp>

#include "bench/timing.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace {

using cohort_bench::median;
using cohort_bench::seconds_since;
using cohort_bench::steady;

void make(double& value, std::mt19937_64& random, std::size_t) {
  value = static_cast<double>(random()) * 0x1p-64;
}
void make(std::string& value, std::mt19937_64& random, std::size_t prefix) {
  value.assign(prefix, 'p');
  for (auto left = 4 + random() % 17; left != 0; --left) value += static_cast<char>('a' + random() % 26);
}

template <class T>
std::vector<T> part_of(int rank, std::size_t n, std::size_t prefix) {
  std::mt19937_64 random{static_cast<std::uint64_t>(rank) + 1};
  std::vector<T> part(n);
  for (auto& each : part) make(each, random, prefix);
  return part;
}

struct settings {
  int rounds = 3;
  bool stable = false;
  std::size_t prefix = 0;
};

/// How many times faster; on every rank.
template <class T>
double compare(const cohort::communicator& world, const char* what, std::size_t n, const settings& how) {
  const auto [rounds, stable, prefix] = how;
  const auto ranks = static_cast<std::size_t>(world.size());
  const auto part = part_of<T>(world.rank(), n / ranks, prefix);
  std::vector<double> alone;
  std::vector<double> together;
  for (int round = 0; round != rounds; ++round) {
    if (world.rank() == 0) {
      std::vector<T> all;
      all.reserve(n);
      for (int r = 0; r != world.size(); ++r) {
        const auto theirs = part_of<T>(r, n / ranks, prefix);
        all.insert(all.end(), theirs.begin(), theirs.end());
      }
      const auto begun = steady::now();
      if (stable) {
        std::stable_sort(all.begin(), all.end());
      } else {
        std::sort(all.begin(), all.end());
      }
      alone.push_back(seconds_since(begun));
    }
    auto mine = part;
    world.barrier();
    const auto begun = steady::now();
    const auto sorted = cohort::parallel_sort(world, std::move(mine), std::less{}, {.stable = stable});
    world.barrier();
    together.push_back(seconds_since(begun));
    if (!std::is_sorted(sorted.begin(), sorted.end())) throw cohort::error{"sort_speed: it is not sorted"};
  }
  double ratio = 0;
  if (world.rank() == 0) {
    ratio = median(alone) / median(together);
    fmt::print("{:>10} {:<8} std::sort {:7.3f} s, parallel_sort {:7.3f} s, {:5.2f} times faster\n", n, what,
               median(alone), median(together), ratio);
    std::fflush(stdout);
  }
  world.bcast(ratio, {.root = 0});
  return ratio;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t doubles = 10'000'000;
  std::size_t strings = 1'000'000;
  settings how;
  CLI::App app{"parallel_sort beside std::sort"};
  app.add_option("--doubles", doubles, "how many doubles")->capture_default_str();
  app.add_option("--strings", strings, "how many strings")->capture_default_str();
  app.add_option("--rounds", how.rounds, "medians are of so many")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("--stable", how.stable, "stable sorts, both");
  app.add_option("--prefix", how.prefix, "letters with which all strings begin")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const cohort::environment env{argc, argv};
  const double least = std::min(compare<double>(env.world(), "doubles", doubles, how),
                                compare<std::string>(env.world(), "strings", strings, how));
  return env.world().size() == 2 && least < 1.6 ? 1 : 0;
}
