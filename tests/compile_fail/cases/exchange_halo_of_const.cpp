#include <cohort/collective.hpp>

void use(const cohort::cartesian& grid, const double* data) {
  grid.exchange_halo(cohort::grid_view{data, {8, 8}, 1});
}
// EXPECT: cohort: a halo is written to; give a grid_view of elements that may change
