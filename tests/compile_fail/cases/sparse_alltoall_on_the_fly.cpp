#include <cohort/collective.hpp>

#include <ranges>
#include <vector>
void use(const cohort::communicator& world, const std::vector<int>& ranks) {
  (void)world.sparse_alltoall(ranks | std::views::transform([](int r) { return std::pair{r, std::vector{1, 2}}; }));
}
// EXPECT: cohort: sparse_alltoall borrows its data, and these pairs are made on the fly; collect them first
