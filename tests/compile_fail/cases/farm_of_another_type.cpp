#include <cohort/pattern/farm.hpp>

#include <string>
#include <vector>

void use(const cohort::communicator& world) {
  cohort::farm squares{world, [](int x) { return x * x; }};
  (void)squares.map(std::vector<std::string>{"one", "two"});
}
// EXPECT: cohort: the farm's function does not take what the range holds
// EXPECT: Element = std::__cxx11::basic_string<char>&; Task = int
