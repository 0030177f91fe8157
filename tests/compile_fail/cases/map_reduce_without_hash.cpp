#include <cohort/pattern.hpp>

#include <vector>
struct point {
  int x = 0;
  int y = 0;
  friend bool operator==(const point&, const point&) = default;
};
void use(const cohort::communicator& world) {
  const auto emit_it = [](int i, auto& emit) { emit(point{i, i}, 1); };
  (void)cohort::map_reduce<point, int>(world, std::vector{1}, emit_it, std::plus{});
}
// EXPECT: cohort: no hash is known for this key; specialise std::hash for it
