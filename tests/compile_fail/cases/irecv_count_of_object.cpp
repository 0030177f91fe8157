#include <cohort/p2p.hpp>

#include <map>
void use(const cohort::communicator& world) {
  (void)world.irecv<std::map<int, int>>(3);
}
// EXPECT: cohort: irecv with a count needs a container of plain elements, such as std::vector<double>
