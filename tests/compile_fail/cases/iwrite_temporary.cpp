#include <cohort/memory.hpp>

#include <vector>

void use(const cohort::file& out) {
  (void)out.iwrite_at(0, std::vector<int>(3));
}
// EXPECT: cohort: iwrite_at borrows what it writes, and a temporary would be gone; name it
