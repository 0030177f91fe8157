#include <cohort/p2p.hpp>

#include <map>
void use(const cohort::communicator& world, std::map<int, int>& table) {
  (void)world.irecv_into(table);
}
// EXPECT: cohort: a serialised object cannot be received in place; use recv
