#include "bench/simulate/lengths.hpp"

#include <algorithm>
#include <cmath>

namespace cohort_simulate {
namespace {

/// splitmix64 of the task's number: a number in (0, 1).
double uniform(std::uint64_t task, std::uint64_t seed) {
  std::uint64_t x = (task + 1) * 0x9e3779b97f4a7c15U + seed * 0xd1342543de82ef95U;
  x = (x ^ x >> 30U) * 0xbf58476d1ce4e5b9U;
  x = (x ^ x >> 27U) * 0x94d049bb133111ebU;
  x ^= x >> 31U;
  return (static_cast<double>(x >> 11U) + 0.5) / 9007199254740992.0;
}

/// Of an exponent of 1.5; the longest is cut at 50 times the shortest, or it alone would be the whole time.
double pareto(double u) {
  constexpr double longest = 50;
  constexpr double mean = 3 - 2 / 7.0710678118654752;  // of min(x, 50): 1 + 2 (1 - 50^-0.5)
  return std::min(std::pow(u, -1 / 1.5), longest) / mean;
}

}  // namespace

std::string to_string(distribution kind) {
  switch (kind) {
    case distribution::constant:
      return "constant";
    case distribution::exponential:
      return "exponential";
    case distribution::pareto:
      return "pareto";
    default:
      return "sorted";
  }
}

nanoseconds lengths::operator()(std::uint64_t task) const {
  double factor = 1;
  switch (kind_) {
    case distribution::constant:
      break;
    case distribution::exponential:
      factor = -std::log(uniform(task, seed_));
      break;
    case distribution::pareto:
      factor = pareto(uniform(task, seed_));
      break;
    case distribution::sorted:  // the exponential's quantiles in order: the longest come last
      factor = -std::log(1 - (static_cast<double>(task) + 0.5) / static_cast<double>(tasks_));
  }
  return nanoseconds{std::max<std::int64_t>(1, std::llround(mean_ * factor))};
}

}  // namespace cohort_simulate
