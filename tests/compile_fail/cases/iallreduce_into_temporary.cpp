#include <cohort/collective.hpp>

#include <functional>
#include <vector>
void use(const cohort::communicator& world, std::vector<int>& result) {
  auto started = world.iallreduce_into(std::vector<int>{1, 2}, result, std::plus{});
}
// EXPECT: cohort: a non-blocking collective borrows its arguments until it is complete
