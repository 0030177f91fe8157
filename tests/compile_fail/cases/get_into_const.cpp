#include <cohort/memory.hpp>

void use(const cohort::window<int>& win, const int& value) {
  auto epoch = win.lock_all();
  epoch.get_into(value, {.target = 0});
}
// EXPECT: cohort: the destination is const; receive into something that may change
