#include <cohort/collective.hpp>

#include <functional>
#include <string>
#include <vector>
void use(const cohort::communicator& world, const std::vector<std::string>& words) {
  (void)world.allreduce(words, std::plus{});
}
// EXPECT: cohort: this is reduced as one object, so its operation is called with two of them
