#include <cohort/async.hpp>

#pragma GCC diagnostic error "-Wunused-result"
void use(cohort::channel<int>& numbers) {
  numbers.async_recv();
}
// EXPECT: ignoring return value
