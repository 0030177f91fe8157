// What program.sh has cohort-run start: job MODE [ARGUMENT...]

#include <cohort/cluster/verdict.hpp>
#include <cohort/collective/barrier.hpp>
#include <cohort/core/environment.hpp>
#include <cohort/pattern/executor.hpp>
#include <cohort/pattern/farm.hpp>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <iostream>
#include <iterator>
#include <string>
#include <thread>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;

volatile std::sig_atomic_t received = 0;

/// Appended by all ranks, so in one write.
void note(const char* file, const std::string& line) {
  std::FILE* const out = std::fopen(file, "a");
  if (out == nullptr) std::abort();
  std::setvbuf(out, nullptr, _IOFBF, 4096);
  std::fputs((line + "\n").c_str(), out);
  std::fclose(out);
}

void wait_for_signal() {
  while (received == 0) std::this_thread::sleep_for(5ms);
}

int run(const cohort::communicator& world, int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  const bool root = world.rank() == 0;
  if (mode == "exit") return root ? std::atoi(argv[2]) : 0;
  if (mode == "raise") {
    world.barrier();
    if (world.rank() == world.size() - 1) (void)std::raise(std::atoi(argv[2]));
    std::this_thread::sleep_for(60s);
  }
  if (mode == "cat") {
    std::cout << std::cin.rdbuf() << std::flush;
    return 0;
  }
  if (mode == "say") {
    if (root) {
      std::fputs("to stdout\n", stdout);
      std::fputs("[x:1] PMIX ERROR: BAD-PARAM in file f at line 1\nto stderr\n", stderr);
    }
    return 0;
  }
  // Leaves its process numbers in a file, waits for a signal, leaves which it was, and its own verdict if asked to.
  if (mode == "wait") {
    for (const int each : {SIGINT, SIGTERM, SIGUSR1, SIGUSR2}) {
      std::signal(each, [](int number) { received = number; });
    }
    note(argv[2], "up " + std::to_string(::getpid()));
    wait_for_signal();
    note(argv[2], "got " + std::to_string(received));
    if (root && argc > 3) cohort::cluster::leave_verdict({std::atoi(argv[3]), "drained"});
    return argc > 4 ? std::atoi(argv[4]) : 0;
  }
  // Hears nothing.
  if (mode == "deaf") {
    std::signal(SIGTERM, SIG_IGN);
    note(argv[2], "up " + std::to_string(::getpid()));
    std::this_thread::sleep_for(120s);
  }
  // Fault-tolerant, and the last rank dies while it makes what it needs for its tasks.
  const auto die = [&world] {
    if (world.rank() == world.size() - 1) (void)std::raise(SIGKILL);
    return 0;
  };
  if (mode == "farm") {
    const cohort::farm never{
        world, cohort::with_state{die, [](int&, int task) { return task; }}, {.fault_tolerant = true}};
    return 3;
  }
  if (mode == "executor") {
    const auto body = [](cohort::executor&) { return 3; };
    return cohort::run_executor(world, body, {.initializer = [&die] { (void)die(); }, .fault_tolerant = true});
  }
  // Fault-tolerant: the last rank dies, rank 0 says how it went, the others hang, so that mpirun does.
  if (mode == "survive") {
    note(argv[2], "up " + std::to_string(::getpid()));
    world.barrier();
    if (world.rank() == world.size() - 1) (void)std::raise(SIGKILL);
    std::this_thread::sleep_for(300ms);
    if (root) cohort::cluster::leave_verdict({std::atoi(argv[3]), "survived"});
    std::this_thread::sleep_for(120s);
  }
  // Fault-tolerant, and rank 0 dies.
  if (mode == "headless") {
    note(argv[2], "up " + std::to_string(::getpid()));
    world.barrier();
    std::this_thread::sleep_for(1s);  // long enough to be seen
    if (root) (void)std::raise(SIGKILL);
    std::this_thread::sleep_for(120s);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  // Without MPI, as mpirun itself hangs.
  if (argc > 1 && std::string{argv[1]} == "deadlock") {
    std::promise<void> never;
    never.get_future().wait();
  }
  const cohort::environment env{argc, argv};
  return run(env.world(), argc, argv);
}
