#include <cohort/async.hpp>

void use() {
  cohort::event_loop loop;
  loop.run([] { return 1; });
}
// EXPECT: cohort: event_loop::run takes a task, or a function without parameters that returns one
