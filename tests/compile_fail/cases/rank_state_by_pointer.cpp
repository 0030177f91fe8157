#include <cohort/pattern.hpp>

cohort::rank_state use(int* table) {
  return cohort::rank_state{[table] { return table; }};
}
// EXPECT: cohort: rank_state takes a function that returns the state by value
