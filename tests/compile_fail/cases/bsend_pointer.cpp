#include <cohort/p2p.hpp>
void use(const cohort::communicator& world, int* values) {
  world.bsend(values, {.dest = 0});
}
// EXPECT: cohort: a pointer means nothing on another rank; send what it points to, or a std::span of it
