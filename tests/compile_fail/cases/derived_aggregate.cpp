#include <cohort/p2p.hpp>

#include <string>
#include <vector>

struct named {
  std::string name;
};
struct family : named {
  std::vector<std::string> members;
};

void use(const cohort::communicator& world) {
  world.send(family{}, {.dest = 0});
}
// EXPECT: cohort: an aggregate with a base class; give it a serialize.. member
