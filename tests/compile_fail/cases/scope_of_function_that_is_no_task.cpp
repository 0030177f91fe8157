#include <cohort/async.hpp>

auto use() {
  return cohort::scope::run([](cohort::scope&) { return 1; });
}
// EXPECT: cohort: scope::run takes a function of a scope& that returns a task, such as
