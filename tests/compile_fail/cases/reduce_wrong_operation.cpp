#include <cohort/collective.hpp>

#include <string>
void use(const cohort::communicator& world) {
  (void)world.allreduce(1, [](const std::string& a, const std::string&) { return a; });
}
// EXPECT: cohort: the operation must combine two elements
