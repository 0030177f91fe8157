#include <cohort/collective.hpp>

#include <map>
void use(const cohort::communicator& world, std::map<int, int>& table) {
  auto started = world.ibcast(table);
}
// EXPECT: cohort: non-blocking collectives take plain values and ranges of them
