// EXPECT: cohort: an exception that comes back as itself must not be final
#include <cohort/pattern/executor.hpp>

#include <stdexcept>

struct stop final : std::runtime_error {
  using std::runtime_error::runtime_error;
};

auto misuse() {
  return cohort::exception_types{}.with<stop>();
}
