#include <cohort/p2p.hpp>
void use(const cohort::request<int>& a, cohort::request<void>& b) {
  wait_all(a, b);
}
// EXPECT: cohort: completing a request changes it, and this one is const; pass it as non-const
