#include <cohort/pattern.hpp>

#include <string>
#include <vector>
// What comes back must be what the loop's first stage takes.
void back(const std::string&, cohort::emitter<int>&, cohort::feedback<std::string>&);
void use(const cohort::communicator& world) {
  (void)(cohort::pipeline(std::vector<int>{1}) |
         cohort::loop(cohort::stage([](int i) { return std::to_string(i); }) | cohort::stage(back)) |
         cohort::sink([](int) {}) | cohort::run_on(world));
}
// EXPECT: cohort: this stage of the loop .see loop_stage_number<N, GIVEN, FUNCTION, FIRST>. does not take what the
// stage before
