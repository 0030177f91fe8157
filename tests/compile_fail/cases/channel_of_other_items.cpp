#include <cohort/async.hpp>

#include <string>

cohort::task<> use(cohort::channel<int>& numbers) {
  co_await numbers.async_send(std::string{"1"});
}
// EXPECT: cohort: this channel carries items of another type; send one of its type
