#include <cohort/p2p.hpp>
void use(const cohort::communicator& world) {
  world.sendrecv_replace(1, {.dest = 0, .source = 0});
}
// EXPECT: cohort: what sendrecv_replace receives into a temporary would be lost; use sendrecv
