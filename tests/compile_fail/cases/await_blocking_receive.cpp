#include <cohort/async.hpp>

cohort::task<> use(const cohort::communicator& world) {
  (void)co_await world.recv<int>({.source = 0});
}
// EXPECT: cohort: this cannot be awaited; await a task, a request
