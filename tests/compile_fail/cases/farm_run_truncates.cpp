#include <cohort/pattern/farm.hpp>

#include <vector>

void use(const cohort::communicator& world) {
  cohort::farm squares{world, [](int x) { return x * x; }};
  squares.run(std::vector{1.5F, 2.5F}, [](int) {});
}
// EXPECT: cohort: the farm's function takes an integer Task, and the range holds an Element with a fraction
// EXPECT: Element = float&; Task = int
