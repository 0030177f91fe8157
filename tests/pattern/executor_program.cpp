// Whole programs around run_executor, seen from outside by their exit status and output.

#include <cohort/collective/barrier.hpp>
#include <cohort/core/environment.hpp>
#include <cohort/pattern/executor.hpp>
#include <cohort/pattern/farm.hpp>

#include "data_modes.hpp"
#include "guarded_modes.hpp"

#include <atomic>
#include <chrono>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

/// A virtual call, a static and a string literal of the program: found where this rank has them.
const std::string greeting = "hello from elsewhere";
std::string greet(int n) {
  return greeting + " " + std::to_string(n);
}

int spin(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
  }
  return 1;
}

/// The others wait in MPI for the one that throws.
int leaves_others(cohort::task_context& here) {
  const auto& comm = here.communicator();
  if (comm.rank() == 1) throw std::domain_error{"gone"};
  comm.barrier();
  return comm.size();
}

int body(cohort::executor& pool, const std::string& mode) {
  if (mode == "status") return pool.submit([] { return 3; }).get();
  if (mode == "throws") throw std::runtime_error{"the body's own"};
  if (mode == "unasked") {
    pool.submit([]() -> int { throw std::out_of_range{"nobody looks"}; });
    return 0;
  }
  // A failure that passes on to what was made of the task, and what fails by itself.
  const auto fails = [](int) -> int { throw std::out_of_range{"nobody looks"}; };
  if (mode == "unasked_chain") {
    namespace canvas = cohort::canvas;
    canvas::chain(pool, canvas::signature{fails, 1}, canvas::signature{[](int x) { return x; }});
    return 0;
  }
  if (mode == "unasked_argument") {
    const auto first = pool.submit(fails, 1);
    pool.submit([](int x) { return x; }, first);
    return 0;
  }
  if (mode == "unasked_then") {
    pool.submit(fails, 1).then([](int) {});
    return 0;
  }
  if (mode == "unasked_late_then") {
    const auto ended = pool.submit(fails, 1);
    while (!ended.wait_for(1s)) {
    }
    ended.then([](int) {});
    return 0;
  }
  if (mode == "unasked_callback") {
    pool.submit([] { return 1; }).then([](int) { throw std::out_of_range{"nobody looks"}; });
    return 0;
  }
  if (mode == "unasked_on_error") {
    pool.submit(fails, 1).on_error([](const cohort::task_failure&) { throw std::out_of_range{"nobody looks"}; });
    return 0;
  }
  if (mode == "unasked_periodic") {
    const auto beat = pool.every(1ms, [] { throw std::out_of_range{"nobody looks"}; });
    while (beat.runs() < 2) std::this_thread::sleep_for(1ms);
    return 0;
  }
  if (mode == "unasked_many") {
    for (int i = 0; i != 5; ++i) pool.submit(fails, i);
    return 0;
  }
  if (mode == "asked") {
    pool.submit(fails, 1).on_error([](const cohort::task_failure& f) { std::cout << f.message << "\n"; });
    const auto beat = pool.every(1ms, [] { throw std::out_of_range{"nobody looks"}; });
    while (beat.failures() == 0) std::this_thread::sleep_for(1ms);
    const auto passed = pool.submit(fails, 1).then([](int x) { return x; });
    try {
      passed.get();
    } catch (const std::out_of_range& e) {
      std::cout << e.what() << std::endl;
    }
    return 0;
  }
  if (mode == "closures") {
    int by = 7;
    for (const auto& each : pool.map(greet, std::vector{1, 2})) std::cout << each << '\n';
    for (const int each : pool.map([by](int x) { return by * x; }, std::vector{1, 2})) std::cout << each << '\n';
    return 0;
  }
  if (mode == "computes") {
    // Tasks go on, and their callbacks are called, while the body does something else and asks for nothing.
    std::atomic<int> done{0};
    for (int i = 0; i != 20; ++i)
      pool.submit([] { std::this_thread::sleep_for(5ms); }).on_done([&](const auto&) { ++done; });
    for (int i = 0; i != 2000 && done != 20; ++i) spin(5ms);
    std::cout << done << " of 20 done meanwhile\n";
    return 0;
  }
  if (const int status = data_body(pool, mode); status >= 0) return status;
  if (mode == "stuck") return pool.with({.ranks = 3}).submit(leaves_others).get();
  if (mode == "stuck_before_others") {
    if (pool.with({.ranks = 3}).submit(leaves_others).failure()->rank != 1) return 3;
    std::cout << pool.submit([] { return std::string{"there is a rank left"}; }).get() << std::endl;
    return pool.with({.ranks = 2}).submit(leaves_others).get();  // but not two
  }
  if (const int status = guarded_body(pool, mode); status >= 0) return status;
  std::cerr << "unknown mode\n";
  return 2;
}

/// The others of a farm's task wait in MPI for the one that throws.
int farm_of_several(int argc, char** argv, const std::string& mode) {
  const cohort::environment env{argc, argv, {.threads = cohort::thread_level::multiple}};
  const auto leaves = [](int x, cohort::communicator& members) {
    if (members.rank() == 1) throw std::domain_error{"gone"};
    members.barrier();
    return x;
  };
  cohort::farm stuck{env.world(), leaves, {.grace = 300ms, .ranks = 3}};
  if (mode == "farm_stuck") {
    stuck.run(std::vector{0}, [](int) {});
  } else {  // the others need the ranks that it holds
    stuck.run(
        std::vector{0, 1, 2}, [](int) {}, [](const cohort::task_failure&) {});
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode.starts_with("farm_stuck")) return farm_of_several(argc, argv, mode);
  auto options = guarded_options();
  if (mode.starts_with("stuck")) {
    options.mpi_threads = cohort::thread_level::multiple;
    options.grace = 300ms;
  }
  return cohort::run_executor(
      argc, argv, [&](cohort::executor& pool) { return body(pool, mode); }, options);
}
