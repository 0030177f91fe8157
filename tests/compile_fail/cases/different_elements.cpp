#include <cohort/collective.hpp>

#include <vector>
void use(const cohort::communicator& world, std::vector<float>& all) {
  world.allgather_into(1.0, all);
}
// EXPECT: cohort: both sides must hold the same element type
