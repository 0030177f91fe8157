#include <cohort/pattern.hpp>

#include <vector>
void use(const cohort::communicator& world) {
  (void)(cohort::pipeline(std::vector<int>{1}) | cohort::stage([](int i) { return i; }) | cohort::run_on(world));
}
// EXPECT: cohort: a pipeline runs when it has its end; add a cohort::sink before run_on
