#include <cohort/p2p.hpp>

#include <vector>
void use(std::vector<cohort::request<int>>& all) {
  start_all(all);
}
// EXPECT: no matching function
