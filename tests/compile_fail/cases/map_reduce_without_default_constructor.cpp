#include <cohort/pattern.hpp>

#include <vector>
struct meter {
  explicit meter(double m) : value{m} {}
  double value;
};
void use(const cohort::communicator& world) {
  const auto emit_it = [](int i, auto& emit) { emit(i, meter{1.0}); };
  const auto sum = [](const meter& a, const meter& b) { return meter{a.value + b.value}; };
  (void)cohort::map_reduce<int, meter>(world, std::vector{1}, emit_it, sum);
}
// EXPECT: cohort: keys and values need a default constructor
