#include "bench/communication/contest.hpp"

#include <cohort/collective/barrier.hpp>
#include <cohort/collective/bcast.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace cohort_bench {
namespace {

/// From one barrier to the next, so that no rank's part is left out. Some operations come first that do not count:
/// who follows whom always follows the same, and must not pay for caches and a heap as the other left them.
double seconds(const cohort::communicator& world, const repeated& what, int times) {
  using clock = std::chrono::steady_clock;
  what(1 + times / 10);
  world.barrier();
  const auto begun = clock::now();
  what(times);
  world.barrier();
  return std::chrono::duration<double>(clock::now() - begun).count();
}

/// How often the operation fits into a block; the same on every rank.
int calibrate(const cohort::communicator& world, const repeated& what, double block) {
  for (int times = 1;; times *= 2) {
    const double took = world.bcast(seconds(world, what, times));
    if (took >= block || times > 1'000'000) return times;
  }
}

double quantile(std::vector<double> values, double q) {
  const auto at = static_cast<std::ptrdiff_t>(std::lround(q * static_cast<double>(values.size() - 1)));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

}  // namespace

figures run(const cohort::communicator& world, const contest& what, const settings& how) {
  std::vector<const repeated*> contenders{&what.hand, &what.cohort, &what.hand};
  if (what.boost) contenders.push_back(&what.boost);
  const int times = calibrate(world, what.hand, how.block_seconds);

  std::vector<double> hand;
  std::vector<std::vector<double>> ratios(contenders.size());
  std::vector<double> took(contenders.size());
  for (int round = 0; round != how.rounds; ++round) {
    for (std::size_t i = 0; i != contenders.size(); ++i) {
      const auto which = (i + static_cast<std::size_t>(round)) % contenders.size();
      took[which] = seconds(world, *contenders[which], times);
    }
    hand.push_back(took[0]);
    for (std::size_t i = 0; i != contenders.size(); ++i) ratios[i].push_back(took[i] / took[0]);
  }
  figures result;
  result.name = what.name;
  result.bar = what.bar;
  result.tolerance = how.tolerance;
  result.hand_seconds = quantile(hand, 0.5) / times;
  result.ratio = quantile(ratios[1], 0.5);
  result.control_ratio = quantile(ratios[2], 0.5);
  result.control_spread =
      std::max(std::abs(quantile(ratios[2], 0.25) - 1), std::abs(quantile(ratios[2], 0.75) - 1));
  if (what.boost) result.boost_ratio = quantile(ratios[3], 0.5);
  return result;
}

}  // namespace cohort_bench
