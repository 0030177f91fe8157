// idle_rank PATTERN: the processor time that ranks take which have nothing to do, in percent of a core, one line
// per rank. One task runs meanwhile, which sleeps, so that its own rank counts too. PATTERN: farm; executor, whose
// body waits for the task; away, an executor whose body does something else.
#include <cohort/cohort.hpp>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

constexpr auto settling =
    500ms;  // by then all ranks have noticed that there is nothing to do, and after it they still have
constexpr auto measured = 4s;

double processor_seconds() {
  timespec is{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &is);
  return static_cast<double>(is.tv_sec) + 1e-9 * static_cast<double>(is.tv_nsec);
}

/// Measures beside the pattern, while the task sleeps.
class measurement {
 public:
  measurement()
      : thread_{[this] {
          std::this_thread::sleep_for(settling);
          const auto begun = std::chrono::steady_clock::now();
          const auto before = processor_seconds();
          std::this_thread::sleep_for(measured);
          const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begun;
          percent_ = 100 * (processor_seconds() - before) / wall.count();
        }} {}
  measurement(const measurement&) = delete;
  measurement& operator=(const measurement&) = delete;
  ~measurement() {
    if (thread_.joinable()) thread_.join();
  }
  double percent() {
    thread_.join();
    return percent_;
  }

 private:
  double percent_ = 0;
  std::thread thread_;
};

void sleeps(int /*task*/) {
  std::this_thread::sleep_for(settling + measured + settling);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string pattern = argc > 1 ? argv[1] : "";
  const cohort::environment env{argc, argv, {.threads = cohort::thread_level::serialized}};
  const auto& world = env.world();
  world.barrier();
  measurement mine;
  if (pattern == "farm") {
    cohort::farm one{world, [](int task) { sleeps(task); }};
    one.run(std::vector{0}, [](auto&) {});
  } else if (pattern == "executor" || pattern == "away") {
    cohort::run_executor(world, [&](cohort::executor& pool) {
      auto task = pool.submit(sleeps, 0);
      if (pattern == "away") sleeps(0);
      task.get();
    });
  } else {
    std::fprintf(stderr, "idle_rank farm|executor|away\n");
    return 2;
  }
  const auto all = world.gather(mine.percent());
  for (std::size_t r = 0; r != all.size(); ++r) std::printf("%zu %.2f\n", r, all[r]);
  return 0;
}
