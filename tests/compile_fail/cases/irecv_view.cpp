#include <cohort/p2p.hpp>

#include <string_view>
void use(const cohort::communicator& world) {
  (void)world.irecv<std::string_view>();
}
// EXPECT: cohort: a view owns no memory to receive into; use irecv_into, or a container
