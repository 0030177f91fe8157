#include <cohort/pattern.hpp>

#include <vector>
struct counts {
  int operator()(int i) const { return i; }
  void finish(cohort::emitter<int>& emit) const { emit(1); }
};
void use(const cohort::communicator& world) {
  const auto back = [](int i, cohort::emitter<int>& emit, cohort::feedback<int>&) { emit(i); };
  (void)(cohort::pipeline(std::vector<int>{1}) | cohort::loop(cohort::stage(counts{}) | cohort::stage(back)) |
         cohort::sink([](int) {}) | cohort::run_on(world));
}
// EXPECT: cohort: of the stages of a loop only the last one may have a finish\(\)
