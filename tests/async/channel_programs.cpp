// What a channel says on stderr when it ends, seen from outside. One program per mode.

#include <cohort/async/channel.hpp>
#include <cohort/core/environment.hpp>

#include <functional>
#include <map>
#include <stdexcept>
#include <string>

namespace {

using cohort::channel;

/// Rank 0 is a consumer too, but does not receive.
void feeds_itself(const cohort::communicator& world) {
  channel<int> jobs{world, {.capacity = 10, .producers = {0}}};
  if (world.rank() == 0) {
    while (jobs.try_send(1)) continue;  // until its own end is full
  } else {
    for ([[maybe_unused]] const int one : jobs) continue;
  }
}
void breaks(const cohort::communicator& world) {
  const int last = world.size() - 1;
  channel<std::string> jobs{world, {.producers = {0}, .consumers = {last}}};
  if (world.rank() == 0) {
    jobs.send("first");
    jobs.send(std::string(5000, 'x'));
  }
  if (world.rank() == last) {
    for ([[maybe_unused]] const auto& one : jobs) {
      while (!jobs.ready()) continue;
      break;
    }
  }
}
void leaves(const cohort::communicator& world) {
  channel<int> jobs{world, {.producers = {0}}};
  if (world.rank() == 0) {
    for (int i = 0; i != 100; ++i) {
      if (!jobs.try_send(i)) break;
    }
  }
  jobs.leave();
}
void receives_all(const cohort::communicator& world) {
  channel<int> jobs{world, {.producers = {0}}};
  if (world.rank() == 0) {
    for (int i = 0; i != 100; ++i) {
      if (!jobs.try_send(i)) break;
    }
    jobs.close();
  }
  for ([[maybe_unused]] const int one : jobs) continue;
}
/// The exception says enough.
void throws(const cohort::communicator& world) {
  try {
    channel<int> jobs{world, {.producers = {0}, .consumers = {0}}};
    if (world.rank() == 0) jobs.send(1);
    throw std::runtime_error{"on every rank"};
  } catch (const std::runtime_error&) {
  }
}

}  // namespace

int main(int, char** argv) {
  const std::map<std::string, std::function<void(const cohort::communicator&)>> modes{
      {"feeds_itself", feeds_itself}, {"breaks", breaks}, {"leaves", leaves},
      {"receives_all", receives_all}, {"throws", throws},
  };
  const cohort::environment env;
  modes.at(argv[1])(env.world());
}
