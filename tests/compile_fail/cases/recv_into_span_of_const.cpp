#include <cohort/p2p.hpp>
void use(const cohort::communicator& world, std::span<const int> values) {
  world.recv_into(values);
}
// EXPECT: cohort: the destination is const; receive into something that may change
