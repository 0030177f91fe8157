#include <cohort/p2p.hpp>

#include <string>
#include <string_view>
struct named {
  std::string name;
  std::string_view part;
};
void use(const cohort::communicator& world, const named& n) {
  world.send(n, {.dest = 0});
}
// EXPECT: cohort: a view inside an object owns nothing to send; use the owning container
