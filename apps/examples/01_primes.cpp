// Counts the primes below a million: blocks of a thousand numbers are the tasks, and every rank works on them.
#include <cohort/cohort.hpp>

#include <iostream>

static long primes_in(long block) {
  long found = 0;
  for (long n = 1000 * block; n < 1000 * (block + 1); ++n) {
    long d = 2;
    while (d * d <= n && n % d != 0) ++d;
    if (n > 1 && d * d > n) ++found;
  }
  return found;
}

int main(int argc, char** argv) {
  cohort::environment env{argc, argv};
  long total = 0;
  cohort::farm count{env.world(), primes_in};
  auto report = count.run(cohort::indices{1000L}, [&](long found) { total += found; });
  if (env.world().rank() == 0) std::cout << total << " primes (ranks: " << report.ranks.size() << ")\n";
}
