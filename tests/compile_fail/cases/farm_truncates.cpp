#include <cohort/pattern/farm.hpp>

#include <vector>

void use(const cohort::communicator& world) {
  cohort::farm squares{world, [](int x) { return x * x; }};
  (void)squares.map(std::vector{1.5, 2.5});
}
// EXPECT: cohort: the farm's function takes an integer Task, and the range holds an Element with a fraction
// EXPECT: Element = double&; Task = int
