#include <cohort/pattern/farm.hpp>

#include <memory>
#include <vector>

void use(const cohort::communicator& world) {
  cohort::farm values{world, [](const std::unique_ptr<int>& x) { return *x; }};
  (void)values.map(std::vector<std::unique_ptr<int>>(3));
}
// EXPECT: or give one that moves its elements if they cannot be copied
