#include <cohort/collective.hpp>

#include <string>
#include <vector>
void use(const cohort::communicator& world, const std::vector<std::string>& words) {
  (void)world.allgatherv(words);
}
// EXPECT: cohort: allgatherv joins plain elements; allgather takes serialised ones
