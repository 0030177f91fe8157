#include <cohort/async.hpp>

#include <vector>

auto use(std::vector<cohort::task<int>> many) {
  return cohort::when_all(many);
}
// EXPECT: cohort: a task runs once, and whoever runs it takes it over; pass std::move\(tasks\)
