#include <cohort/collective.hpp>

#include <functional>
#include <map>
void use(const cohort::communicator& world, const std::map<int, int>& table) {
  int out = 0;
  world.reduce_into(table, out, std::plus{});
}
// EXPECT: cohort: reductions take plain values and ranges; gather serialised objects and combine them instead
