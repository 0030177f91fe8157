// farm_noop N: a farm of N tasks that do nothing. Prints tasks per second.
#include <cohort/cohort.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  cohort::environment env{argc, argv};
  const int n = argc > 1 ? std::atoi(argv[1]) : 1'000'000;
  std::int64_t sum = 0;
  cohort::farm noop{env.world(), [](int x) { return x; }};
  const auto report = noop.run(cohort::indices{n}, [&](int x) { sum += x; });
  if (env.world().rank() != 0) return 0;
  const auto want = static_cast<std::int64_t>(n) * (n - 1) / 2;
  std::printf("%.1f\n", static_cast<double>(report.succeeded) / report.seconds);
  return sum == want ? 0 : 1;
}
