#include <cohort/async.hpp>

#include <string>

cohort::task<int> use() {
  co_return std::string{"1"};
}
// EXPECT: return_value
