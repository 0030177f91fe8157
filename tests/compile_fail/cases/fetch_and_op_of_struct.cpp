#include <cohort/memory.hpp>

struct pair_of {
  int a;
  int b;
};
void use(const cohort::window<pair_of>& win) {
  auto epoch = win.lock_all();
  epoch.fetch_and_op(pair_of{1, 2}, cohort::replace{}, {.target = 0});
}
// EXPECT: cohort: fetch_and_op takes one number; use get_accumulate for other elements
