#include <cohort/async.hpp>

auto use(const cohort::communicator& world) {
  return cohort::with_timeout(std::chrono::seconds{1}, [&] { return world.recv<int>(); });
}
// EXPECT: cohort: this can neither be awaited nor is it a function without parameters that returns a task
