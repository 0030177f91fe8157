// What must compile: if this does not, the other cases fail for a reason of no interest.
#include <cohort/collective.hpp>
#include <cohort/memory.hpp>
#include <cohort/p2p.hpp>

#include <functional>
#include <map>
#include <string>

void use(const cohort::communicator& world) {
  world.send(std::string{"text"}, {.dest = 0});
  auto table = world.recv<std::map<int, std::string>>();
  auto coming = world.irecv<int>();
  auto moved = std::move(coming);
  int value = 0;
  auto again = world.recv_init(value);
  start_all(again);
  auto unknown = world.irecv<std::string>();
  auto moved_unknown = std::move(unknown);
  wait_all(moved, again, world.isend(value, {.dest = 0}));
  world.sendrecv_replace(value, {.dest = 0, .source = 0});
  (void)world.allreduce(1, std::plus{});
  (void)world.allreduce(1, [](int a, int b) { return a < b ? b : a; });
  const cohort::window<int> win{world, 3};
  auto epoch = win.lock_all();
  const int five = 5;
  epoch.put(five, {.target = 0});
  epoch.accumulate(five, std::plus{}, {.target = 0});
  epoch.compare_and_swap(1, 2, {.target = 0});
  const cohort::file in{world, "name"};
  (void)in.read_at<int>(0, 3);
}
