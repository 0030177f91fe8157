#include <cohort/pattern/shared_map.hpp>

struct point {
  int x = 0;
  friend bool operator==(const point&, const point&) = default;
};
void use(const cohort::communicator& world) {
  cohort::shared_map<point, int> counts{world};
  counts.put({1}, 2);
}
// EXPECT: cohort: no hash is known for this key; specialise std::hash for it
