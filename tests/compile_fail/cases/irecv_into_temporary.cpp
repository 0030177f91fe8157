#include <cohort/p2p.hpp>

#include <vector>
void use(const cohort::communicator& world) {
  (void)world.irecv_into(std::vector<int>(3));
}
// EXPECT: cohort: irecv_into borrows its destination, and a temporary would be gone; use irecv<T>
