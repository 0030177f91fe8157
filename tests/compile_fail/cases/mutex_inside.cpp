#include <cohort/p2p.hpp>

#include <mutex>
#include <string>

struct guarded {
  std::string name;
  std::mutex lock;
};

void use(const cohort::communicator& world) {
  const guarded mine;
  world.send(mine, {.dest = 0});
}
// EXPECT: cohort: this class cannot be sent .nothing says what it consists of.; give it a member template
// EXPECT: can_be_sent.. .with T = std::mutex
