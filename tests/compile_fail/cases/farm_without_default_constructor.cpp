#include <cohort/pattern/farm.hpp>

#include <vector>

struct numbered {
  explicit numbered(int n) : number{n} {}
  int number;
};

void use(const cohort::communicator& world) {
  cohort::farm numbers{world, [](int x) { return numbered{x}; }};
  (void)numbers.map(std::vector{1, 2});
}
// EXPECT: cohort: a task, an argument or a result arrives in an object that is made before; give its class a
// default EXPECT: with T = numbered
