#include <cohort/async.hpp>

cohort::task<> use(const cohort::communicator& world, const int* values) {
  co_await world.async_send(values, {.dest = 0});
}
// EXPECT: cohort: a pointer means nothing on another rank; send what it points to, or a std::span of it
