#include <cohort/cohort.hpp>

int from_the_other_unit();

int main() {
  const cohort::buffer<int> here{1, 2};
  return from_the_other_unit() == static_cast<int>(here.size()) ? 0 : 1;
}
