#include <cohort/async.hpp>

#include <vector>

cohort::task<> use(const cohort::communicator& world) {
  co_await world.irecv_into(std::vector<int>(8), {.source = 0});
}
// EXPECT: cohort: irecv_into borrows its destination, and a temporary would be gone
