// The example of docs/communication.md of a program that starts more of itself. A program of its own: who spawns
// does so once, and who is spawned has another main to run.
#include <cohort/cohort.hpp>

#include <cstdio>
#include <string>

// example: spawn
int main(int argc, char** argv) {
  const cohort::environment env{argc, argv};
  const auto world = env.world();
  if (auto parents = cohort::parent()) {  // this one was spawned
    const auto n = parents.recv<int>({.source = 0});
    parents.send(n + world.rank(), {.dest = 0});
    parents.disconnect();
    return 0;
  }
  auto children = cohort::spawn(world, argv[0], {}, 2, {.oversubscribe = true});  // on all ranks together
  int sum = 0;
  if (world.rank() == 0) {
    for (int r = 0; r != children.remote_size(); ++r) children.send(10, {.dest = r});
    for (int r = 0; r != children.remote_size(); ++r) sum += children.recv<int>({.source = r});
  }
  children.disconnect();  // on all ranks of both sides
  if (world.rank() == 0) std::printf("the children said %d\n", sum);
  return world.rank() == 0 && sum != 21 ? 1 : 0;
}
// end
