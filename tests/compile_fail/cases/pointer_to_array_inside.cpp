#include <cohort/p2p.hpp>

#include <memory>
void use(const cohort::communicator& world, const std::shared_ptr<int[]>& numbers) {
  world.send(numbers, {.dest = 0});
}
// EXPECT: cohort: a smart pointer to an array does not know its length; send a std::vector
