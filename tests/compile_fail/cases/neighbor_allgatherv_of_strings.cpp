#include <cohort/collective.hpp>

#include <string>
#include <vector>
void use(const cohort::graph& joined, const std::vector<std::string>& words) {
  (void)joined.neighbor_allgatherv(words);
}
// EXPECT: cohort: neighbor_allgatherv joins plain elements; neighbor_allgather takes serialised ones
