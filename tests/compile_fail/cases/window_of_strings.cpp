#include <cohort/memory.hpp>

#include <string>

void use(const cohort::communicator& world) {
  const cohort::window<std::string> win{world, 3};
}
// EXPECT: cohort: a window holds plain elements, which others read as they lie in memory
