#include <cohort/pattern.hpp>

#include <vector>

struct point {
  int x = 0;
};
void use(const cohort::communicator& world) {
  (void)cohort::parallel_sort(world, std::vector<point>(3));
}
// EXPECT: cohort: parallel_sort cannot compare two elements
