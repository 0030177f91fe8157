#include <cohort/pattern.hpp>

void use(const cohort::communicator& world, int& table) {
  const cohort::farm f{world,
                       cohort::with_state{[&table]() -> int& { return table; }, [](int&, int x) { return x; }}};
}
// EXPECT: cohort: with_state takes a function that returns the state by value
