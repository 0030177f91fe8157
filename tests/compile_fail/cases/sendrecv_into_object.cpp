#include <cohort/p2p.hpp>

#include <map>
void use(const cohort::communicator& world, std::map<int, int>& table) {
  world.sendrecv_into(1, table, {.dest = 0, .source = 0});
}
// EXPECT: cohort: sendrecv_into takes plain values and ranges; use sendrecv for serialised types
