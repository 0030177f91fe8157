// Counts the primes below a million: blocks of numbers are the tasks, and every rank works on them.
#include <algorithm>
#include <cohort/cohort.hpp>
#include <iostream>
#include <ranges>

static long primes_in(long block) {
  long found = 0;
  for (long n = std::max(2L, 1000 * block); n < 1000 * (block + 1); ++n) {
    bool prime = true;
    for (long d = 2; prime && d * d <= n; ++d) prime = n % d != 0;
    found += prime ? 1 : 0;
  }
  return found;
}

int main(int argc, char** argv) {
  cohort::environment env{argc, argv};
  long total = 0;
  cohort::farm count{env.world(), primes_in};
  auto report = count.run(std::views::iota(0L, 1000L), [&](long found) { total += found; });
  if (env.world().rank() == 0) {
    std::cout << total << " primes below 1000000, counted by " << report.ranks.size() << " ranks\n";
  }
}
