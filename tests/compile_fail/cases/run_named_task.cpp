#include <cohort/async.hpp>

cohort::task<int> answer();
int use(cohort::event_loop& loop) {
  auto kept = answer();
  return loop.run(kept);
}
// EXPECT: cohort: a task runs once, and whoever runs it takes it over; pass std::move\(task\)
