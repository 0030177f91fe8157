// What the tests of spawn start. Tells its parents how it was started, then does what the first argument says.

#include <cohort/collective/allreduce.hpp>
#include <cohort/core/environment.hpp>
#include <cohort/p2p.hpp>
#include <cohort/process.hpp>

#include <cstdio>
#include <functional>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

/// Started by mpirun without --oversubscribe, or without mpirun: three children may share its slots, but 5000 need
/// more.
int start_children(const cohort::communicator& world, const char* self, bool too_many) {
  if (too_many) (void)cohort::spawn(world, self, {}, 5000);
  auto children = cohort::spawn(world, self, {}, 3, {.oversubscribe = true});
  for (int r = 0; r != 3; ++r) {
    (void)children.recv<std::vector<std::string>>({.source = r, .tag = 1});
    (void)children.recv<std::vector<int>>({.source = r, .tag = 2});
    (void)children.recv<std::string>({.source = r, .tag = 3});
  }
  children.disconnect();
  std::puts("three children came and went");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const cohort::environment env{argc, argv};
  auto parent = cohort::parent();
  if (!parent) return start_children(env.world(), argv[0], argc > 1);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto mode = arguments.empty() ? std::string{} : arguments.front();
  char here[4096] = {};
  if (getcwd(here, sizeof here) == nullptr) return 4;
  parent.send(arguments, {.dest = 0, .tag = 1});
  parent.send(std::vector<int>{env.world().rank(), env.world().size(), parent.remote_size(), parent.local_size()},
              {.dest = 0, .tag = 2});
  parent.send(std::string{here}, {.dest = 0, .tag = 3});
  if (mode == "echo") {
    for (int r = 0; r != parent.remote_size(); ++r) {
      parent.send(parent.recv<std::vector<double>>({.source = r}), {.dest = r, .tag = 4});
    }
  } else if (mode == "merge") {
    const auto all = parent.merge(true);
    return all.allreduce(1, std::plus{}) == all.size() ? 0 : 5;  // not disconnected: everybody ends together
  }
  parent.disconnect();
  return cohort::parent() ? 6 : 0;
}
