#include <cohort/collective.hpp>

#include <string_view>
void use(const cohort::communicator& world, std::string_view all) {
  world.gather_into('x', all);
}
// EXPECT: cohort: the destination is const; receive into something that may change
