#include <cohort/collective.hpp>

#include <vector>
void use(const cohort::communicator& world, const std::vector<int>& whole) {
  (void)world.grid_alltoallv(whole);
}
// EXPECT: cohort: grid_alltoallv takes a flat range with counts, or one range of plain elements per rank
