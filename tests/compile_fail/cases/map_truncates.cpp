#include <cohort/pattern/executor.hpp>

#include <vector>

void use(cohort::executor& pool) {
  (void)pool.map([](cohort::task_context&, int x) { return x; }, std::vector{1.5, 2.5});
}
// EXPECT: cohort: the function takes an integer, and the range holds Arguments with a fraction
