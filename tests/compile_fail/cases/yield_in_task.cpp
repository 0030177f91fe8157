#include <cohort/async.hpp>

cohort::task<int> use() {
  co_yield 1;
}
// EXPECT: yield_value
