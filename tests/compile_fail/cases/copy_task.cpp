#include <cohort/async.hpp>

cohort::task<int> use(const cohort::task<int>& one) {
  return one;
}
// EXPECT: deleted
