// Programs for the watchdog, wrong ones and right ones, each chosen by its name: judged from outside.
#include <cohort/cohort.hpp>

#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace {

using cohort::communicator;
using namespace std::chrono_literals;

void receive_cycle(const communicator& world) {
  if (world.rank() < 2) (void)world.recv<int>({.source = 1 - world.rank(), .tag = 7});
}

void missing_collective(const communicator& world) {
  (void)world.allreduce(1, std::plus{});
  if (world.rank() != 2) (void)world.allreduce(world.rank(), std::plus{});
}

void mismatched_tags(const communicator& world) {
  if (world.rank() == 0) {
    world.send(1, {.dest = 1, .tag = 7});
    (void)world.recv<int>({.source = 1, .tag = 9});
  } else if (world.rank() == 1) {
    (void)world.recv<int>({.source = 0, .tag = 8});
    world.send(1, {.dest = 0, .tag = 9});
  }
}

void full_ring(const communicator& world) {
  const std::vector<double> out(200'000, 1.0);
  world.send(out, {.dest = (world.rank() + 1) % world.size()});
  (void)world.recv<std::vector<double>>({.source = (world.rank() + world.size() - 1) % world.size()});
}

void left_early(const communicator& world) {
  if (world.rank() == 0) return;
  if (world.rank() == 1) (void)world.recv<int>({.source = 0, .tag = 3});
  world.barrier();
}

void requests_cycle(const communicator& world) {
  if (world.rank() > 1) return;
  int a = 0;
  int b = 0;
  const int other = 1 - world.rank();
  auto one = world.irecv_into(a, {.source = other, .tag = 1});
  auto two = world.irecv_into(b, {.source = other, .tag = 2});
  cohort::wait_all(one, two);
}

void two_collectives(const communicator& world) {
  const auto half = world.split(0);
  if (world.rank() == 0) {
    half.barrier();
  } else {
    int x = 0;
    half.bcast(x, {.root = 1});
    (void)half.allreduce(x, std::plus{});
  }
}

void right(const communicator& world) {
  for (int i = 0; i != 100; ++i) {
    int x = i;
    world.bcast(x);
    const int next = (world.rank() + 1) % world.size();
    const int before = (world.rank() + world.size() - 1) % world.size();
    auto going = world.isend(x, {.dest = next, .tag = 1});
    (void)world.recv<int>({.source = before, .tag = 1});
    going.wait();
    auto part = world.split(world.rank() % 2);
    part.barrier();
  }
}

void slow(const communicator& world) {
  if (world.rank() == 0) std::this_thread::sleep_for(2500ms);
  world.barrier();
}

void looks(const communicator& world) {
  if (world.rank() == 0) {
    std::this_thread::sleep_for(2500ms);
    for (int r = 1; r < world.size(); ++r) world.send(1, {.dest = r, .tag = 4});
  } else {
    while (!world.iprobe({.source = 0, .tag = 4})) std::this_thread::sleep_for(1ms);
    (void)world.recv<int>({.source = 0, .tag = 4});
  }
}

const std::map<std::string, void (*)(const communicator&)> programs{{"receive_cycle", receive_cycle},
                                                                    {"missing_collective", missing_collective},
                                                                    {"mismatched_tags", mismatched_tags},
                                                                    {"full_ring", full_ring},
                                                                    {"left_early", left_early},
                                                                    {"requests_cycle", requests_cycle},
                                                                    {"two_collectives", two_collectives},
                                                                    {"right", right},
                                                                    {"slow", slow},
                                                                    {"looks", looks}};

}  // namespace

int main(int argc, char** argv) {
  cohort::environment_options options;
  if (argc == 3) options = {.watchdog = 0.5, .watchdog_abort = true};  // said in the program, not outside
  const cohort::environment env{options};
  const auto found = programs.find(argc < 2 ? "" : argv[1]);
  if (found == programs.end()) {
    std::fputs("which program?\n", stderr);
    return 2;
  }
  found->second(env.world());
  return 0;
}
