// Point to point: a message goes once round all ranks, and each adds its name.
#include <cohort/cohort.hpp>

#include <iostream>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  cohort::environment env{argc, argv};
  const auto& world = env.world();
  const int next = (world.rank() + 1) % world.size();
  const int previous = (world.rank() + world.size() - 1) % world.size();

  std::vector<std::string> names;
  if (world.rank() == 0) {
    auto on_its_way = world.isend(std::vector<std::string>{"rank 0"}, {.dest = next});  // may be to ourselves
    names = world.recv<std::vector<std::string>>({.source = previous});
    for (const auto& name : names) std::cout << name << " was here\n";
  } else {
    names = world.recv<std::vector<std::string>>({.source = previous});  // any type, any length
    names.push_back("rank " + std::to_string(world.rank()));
    world.send(names, {.dest = next});
  }
}
