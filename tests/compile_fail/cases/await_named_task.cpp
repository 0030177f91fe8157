#include <cohort/async.hpp>

cohort::task<int> answer();
cohort::task<> use() {
  auto kept = answer();
  (void)co_await kept;
}
// EXPECT: cohort: a task runs once, and whoever awaits it takes it over; write co_await std::move\(task\)
