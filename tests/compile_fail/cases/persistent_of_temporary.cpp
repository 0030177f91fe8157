#include <cohort/p2p.hpp>

#include <vector>
void use(const cohort::communicator& world) {
  (void)world.send_init(std::vector<int>(3), {.dest = 0});
}
// EXPECT: cohort: a persistent request borrows its memory, and a temporary would be gone; give it a variable
