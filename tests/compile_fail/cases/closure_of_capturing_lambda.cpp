// EXPECT: cohort: closure.. takes a lambda without captures
#include <cohort/pattern/closure.hpp>

#include <string>

auto misuse(const std::string& name) {
  return cohort::closure([name](int x) { return name.size() + static_cast<std::size_t>(x); }, 7);
}
