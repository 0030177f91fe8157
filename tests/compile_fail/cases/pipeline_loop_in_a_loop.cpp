#include <cohort/pattern.hpp>

#include <vector>
void back(int, cohort::emitter<int>&, cohort::feedback<int>&);
void use(const cohort::communicator& world) {
  (void)(cohort::pipeline(std::vector<int>{1}) |
         cohort::loop(cohort::stage([](int i) { return i; }) | cohort::loop(cohort::stage(back))) |
         cohort::sink([](int) {}) | cohort::run_on(world));
}
// EXPECT: cohort: a loop consists of stages .no loop is in a loop, and a sink ends a pipeline.; put loops one after
