// The example of docs/faults.md of an executor that goes on when ranks are lost. A program of its own, which is
// started by cohort-run --fault-tolerant.
#include <cohort/cohort.hpp>

#include <csignal>
#include <cstdio>
#include <vector>

namespace {

/// Ends every rank that runs it.
int crash() {
  (void)std::raise(SIGSEGV);
  return 0;
}

}  // namespace

// example: surviving-executor
int main(int argc, char** argv) {
  const auto body = [](cohort::executor& pool) {
    auto bad = pool.with({.queue = "workers"}).submit(crash);  // the root must not run it
    auto squares = pool.with({.queue = "workers"}).map([](int x) { return x * x; }, std::vector{1, 2, 3});
    std::printf("%d %d %d\n", squares[0], squares[1], squares[2]);
    try {
      bad.get();
    } catch (const cohort::task_error& e) {  // it was tried on three ranks
      std::printf("given up: %s\n", e.what());
    }
    return 0;
  };
  return cohort::run_executor(argc, argv, body, {.queues = {{"workers", {1, 2, 3, 4}}}, .fault_tolerant = true});
}
// end
