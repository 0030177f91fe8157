#include <cohort/async.hpp>

cohort::task<> use(const cohort::request<int>& coming) {
  co_await coming;
}
// EXPECT: cohort: completing a request changes it, and this one is const; pass it as non-const
