#include <cohort/p2p.hpp>

#include <vector>
void use(const std::vector<cohort::request<int>>& all) {
  (void)wait_any(all);
}
// EXPECT: cohort: completing a request changes it, and this one is const; pass it as non-const
