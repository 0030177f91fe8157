#include <cohort/async.hpp>

cohort::generator<int> use(cohort::task<int> source) {
  co_yield co_await std::move(source);
}
// EXPECT: cohort: a generator cannot co_await \(it belongs to no event_loop\); use a task
