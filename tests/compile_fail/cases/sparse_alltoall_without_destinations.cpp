#include <cohort/collective.hpp>

#include <vector>
void use(const cohort::communicator& world) {
  (void)world.sparse_alltoall(std::vector<double>{1, 2});
}
// EXPECT: cohort: sparse_alltoall takes pairs of destination and data
