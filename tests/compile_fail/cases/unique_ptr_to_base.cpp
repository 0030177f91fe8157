#include <cohort/p2p.hpp>

#include <memory>
struct shape {
  virtual ~shape() = default;
};
void use(const cohort::communicator& world, const std::unique_ptr<shape>& s) {
  world.send(s, {.dest = 0});
}
// EXPECT: cohort: a unique_ptr to a base class would lose the derived part; send a std::variant instead
