#include <cohort/async.hpp>

int answer();
auto use() {
  return cohort::when_all(answer(), cohort::sleep_for(std::chrono::seconds{1}));
}
// EXPECT: cohort: this can neither be awaited nor is it a function without parameters that returns a task
