// EXPECT: cohort: the function cannot be called with these arguments
#include <cohort/pattern/executor.hpp>

#include <string>

void misuse(cohort::executor& pool) {
  pool.submit([](int x) { return x; }, std::string{"seven"});
}
