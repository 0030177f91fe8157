#include <cohort/pattern/executor.hpp>

#include <string>
#include <vector>

void use(cohort::executor& pool) {
  (void)pool.map([](int x) { return x; }, std::vector<std::string>{"one"});
}
// EXPECT: cohort: the function cannot be called with the Arguments that the range holds
