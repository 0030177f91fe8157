#include <cohort/async.hpp>

auto use(const cohort::communicator& world) {
  auto coming = world.irecv<int>();
  return cohort::when_any(coming, world.irecv<int>());
}
// EXPECT: cohort: this is moved into the task; pass std::move\(it\)
