#include <cohort/async.hpp>

#pragma GCC diagnostic error "-Wunused-result"
void use(cohort::async_queue<int>& queue) {
  queue.put(1);
}
// EXPECT: ignoring return
