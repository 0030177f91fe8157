#include <cohort/pattern/executor.hpp>

#include <utility>
#include <vector>

void use(cohort::executor& pool) {
  (void)pool.starmap([](double x, int y) { return x * y; }, std::vector<std::pair<int, double>>(3));
}
// EXPECT: cohort: the function takes an integer, and the range holds Arguments with a fraction
