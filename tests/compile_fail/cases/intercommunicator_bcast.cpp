#include <cohort/cohort.hpp>

void use(const cohort::intercommunicator& children) {
  int value = 1;
  children.bcast(value);
}
// EXPECT: inaccessible|not accessible|private member
