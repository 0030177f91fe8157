#include <cohort/pattern.hpp>

#include <string>
#include <vector>
void use(const cohort::communicator& world) {
  (void)(cohort::pipeline(std::vector<int>{1}) | cohort::stage([](int i) { return i; }) |
         cohort::stage([](const std::string& text) { return text.size(); }) | cohort::sink([](std::size_t) {}) |
         cohort::run_on(world));
}
// EXPECT: cohort: this stage of the pipeline .see stage_number<N, GIVEN, FUNCTION>. does not take what the stage
// before
