// drain_guarded MODE: guarded tasks of an executor that winds up. Says "ok" if all is as it should be, and returns
// what run_executor does: 75.

#include <cohort/pattern/executor.hpp>

#include <chrono>
#include <csignal>
#include <iostream>
#include <string>
#include <thread>
#include <unistd.h>

using namespace std::chrono_literals;

namespace {

[[noreturn]] void sleep_on() {
  for (;;) ::pause();
}

/// As Slurm does, which sends its signals to all processes of a step.
[[noreturn]] void end_with(pid_t rank) {
  ::kill(rank, SIGTERM);
  std::raise(SIGTERM);
  sleep_on();
}

/// The helper process of the rank survives the signals that the rank answers by draining.
void spare_helper(pid_t /*rank*/) {
  ::kill(::getppid(), SIGUSR1);
  ::kill(::getppid(), SIGTERM);
}

bool is_drained(const cohort::future<void>& task) {
  try {
    task.get();
  } catch (const cohort::drained_error&) {
    return true;
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc == 2 ? argv[1] : "";
  const auto body = [&](cohort::executor& pool) {
    auto here = pool.with({.retries = 2, .queue = "root", .track_started = true, .guarded = true});
    bool good = false;
    if (mode == "stops") {
      const auto task = here.submit(sleep_on);
      while (task.state() != cohort::task_state::started) static_cast<void>(pool.draining());
      std::raise(SIGUSR1);
      while (!pool.draining()) std::this_thread::sleep_for(1ms);
      std::raise(SIGUSR1);
      good = is_drained(task);
    } else if (mode == "ended_with_job") {
      const auto task = here.submit(end_with, ::getpid());
      good = is_drained(task) && pool.statistics().failed == 0 && pool.statistics().retried == 0;
    } else if (mode == "helper") {
      here.submit(spare_helper, ::getpid()).get();
      here.submit(spare_helper, ::getpid()).get();
      std::raise(SIGTERM);
      while (!pool.draining()) std::this_thread::sleep_for(1ms);
      good = is_drained(here.submit(sleep_on));
    }
    if (good) std::cout << "ok\n";
  };
  return cohort::run_executor(argc, argv, body,
                              {.queues = {{"root", {0}}}, .drain = {.signals = {SIGTERM, SIGUSR1}}});
}
