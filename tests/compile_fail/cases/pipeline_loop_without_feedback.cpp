#include <cohort/pattern.hpp>

#include <vector>
void use(const cohort::communicator& world) {
  const auto same = [](int i) { return i; };
  (void)(cohort::pipeline(std::vector<int>{1}) | cohort::loop(cohort::stage(same) | cohort::stage(same)) |
         cohort::sink([](int) {}) | cohort::run_on(world));
}
// EXPECT: cohort: no stage of this loop gives items back; let one take a cohort::emitter<Result>& and after it a
