#include <cohort/async.hpp>

#pragma GCC diagnostic error "-Wunused-result"
void use(const cohort::communicator& world) {
  world.async_send(1, {.dest = 0});
}
// EXPECT: ignoring return value
