#include <cohort/async.hpp>

cohort::task<int> answer();
auto use() {
  auto kept = answer();
  return cohort::when_all(kept, answer());
}
// EXPECT: cohort: a task runs once, and whoever runs it takes it over; pass std::move\(task\)
