#include <cohort/collective.hpp>

#include <string>
#include <vector>
void use(const cohort::communicator& world, const std::vector<std::vector<std::string>>& rows) {
  (void)world.alltoallv(rows);
}
// EXPECT: cohort: alltoallv takes one row of plain elements per rank
