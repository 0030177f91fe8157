#include <cohort/async.hpp>

#include <string_view>

cohort::task<> use(const cohort::communicator& world) {
  (void)co_await world.async_recv<std::string_view>();
}
// EXPECT: cohort: a view owns no memory to receive into
