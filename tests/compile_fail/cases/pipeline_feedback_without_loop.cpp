#include <cohort/pattern.hpp>

#include <string>
#include <vector>
void back(const std::string&, cohort::emitter<int>&, cohort::feedback<int>&);
void use(const cohort::communicator& world) {
  (void)(cohort::pipeline(std::vector<int>{1}) | cohort::stage([](int i) { return std::to_string(i); }) |
         cohort::stage(back) | cohort::sink([](int) {}) | cohort::run_on(world));
}
// EXPECT: to give items back to an earlier stage, put the stages from there to here into a cohort::loop
