#include <cohort/p2p.hpp>

#include <memory>
struct shape {
  virtual ~shape() = default;
};
void use(const cohort::communicator& world, const std::unique_ptr<shape>& s) {
  world.send(s, {.dest = 0});
}
// EXPECT: cohort: a smart pointer to a base class needs the object's own type; include
// <cohort/serial/polymorphic.hpp> and export the derived classes
