#include <cohort/p2p.hpp>

#include <map>
void use(const cohort::communicator& world, std::map<int, int>& table) {
  (void)world.recv_init(table);
}
// EXPECT: cohort: a persistent request takes plain values and ranges; a serialised object has no fixed bytes
