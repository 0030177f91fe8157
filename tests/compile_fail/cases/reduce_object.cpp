#include <cohort/collective.hpp>

#include <functional>
#include <map>
void use(const cohort::communicator& world, const std::map<int, int>& table) {
  int out = 0;
  world.reduce_into(table, out, std::plus{});
}
// EXPECT: cohort: this form reduces plain values and ranges; objects are reduced whole
