#include <cohort/p2p.hpp>

#include <string_view>
void use(const cohort::communicator& world) {
  (void)world.recv<std::string_view>();
}
// EXPECT: cohort: a view owns no memory to receive into; use recv_into, or a container
