#include <cohort/pattern.hpp>

#include <vector>
struct counts {
  int operator()(int i) const { return i; }
  void finish(cohort::emitter<long>& emit) const { emit(1); }
};
void use(const cohort::communicator& world) {
  (void)(cohort::pipeline(std::vector<int>{1}) | cohort::stage(counts{}) | cohort::sink([](int) {}) |
         cohort::run_on(world));
}
// EXPECT: cohort: what a stage's finish\(\) emits is of the type that the stage makes of its items
