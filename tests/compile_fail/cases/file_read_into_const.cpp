#include <cohort/memory.hpp>

void use(const cohort::file& in, const int& value) {
  (void)in.read_at(0, value);
}
// EXPECT: cohort: the destination is const; receive into something that may change
