#include <cohort/collective.hpp>

#include <functional>
#include <string>
#include <vector>
void use(const cohort::communicator& world, const std::vector<std::string>& words) {
  (void)world.reproducible_allreduce(words, std::plus{});
}
// EXPECT: cohort: reproducible reductions take a range of plain elements
