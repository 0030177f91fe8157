#include <cohort/cohort.hpp>

int from_the_other_unit();

int from_the_other_unit() {
  return static_cast<int>(cohort::buffer<int>{1, 2}.size());
}
