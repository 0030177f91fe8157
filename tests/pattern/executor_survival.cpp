// executor_survival MODE: an executor of which ranks are lost, under cohort-run --fault-tolerant. The root says
// "ok", and returns what the mode names, if each task ended once and as it should, and the statistics name who was
// lost.

#include <cohort/pattern/executor.hpp>
#include <cohort/pattern/executor/run_executor.hpp>
#include <cohort/pattern/executor/task_context.hpp>

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;

constexpr int tasks = 60;

std::vector<int> numbers() {
  std::vector<int> all(tasks);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

/// In its second task, a rank ends itself thus.
void perhaps_die(const cohort::task_context& here, int rank, int signal) {
  static std::atomic<int> nth{0};
  if (here.rank() == rank && ++nth == 2) (void)std::raise(signal);
}

template <int Rank, int Signal>
int square(cohort::task_context& here, int x) {
  perhaps_die(here, Rank, Signal);
  std::this_thread::sleep_for(20ms);
  return x * x;
}

bool lost(const cohort::executor& pool, const std::set<int>& who) {
  const auto did = pool.statistics();
  bool right = did.ranks.size() == 4;
  std::uint64_t rerun = 0;
  for (int r = 0; r != 4; ++r) {
    const auto& one = did.ranks[static_cast<std::size_t>(r)];
    right = right && one.lost == (who.count(r) != 0);
    rerun += one.rerun;
  }
  return right && did.rerun == rerun && did.retried == 0 && (rerun != 0) == !who.empty();
}

template <class F>
bool squares(const cohort::submission& pool, F f) {
  std::vector<cohort::future<int>> futures;
  for (const int x : numbers()) futures.push_back(pool.submit(f, x));
  bool right = true;
  for (int x = 0; x != tasks; ++x) right = futures[static_cast<std::size_t>(x)].get() == x * x && right;
  return right;
}

bool nothing(cohort::executor& pool) {
  return squares(pool, square<1, 0>) && lost(pool, {});
}
bool killed(cohort::executor& pool) {
  return squares(pool, square<2, SIGKILL>) && lost(pool, {2});
}
bool crashed(cohort::executor& pool) {
  return squares(pool, square<1, SIGSEGV>) && lost(pool, {1});
}
bool stopped(cohort::executor& pool) {
  return squares(pool, square<3, SIGSTOP>) && lost(pool, {3});
}

bool mapped(cohort::executor& pool) {
  std::vector<int> wanted;
  for (const int x : numbers()) wanted.push_back(x * x);
  return pool.map(square<2, SIGKILL>, numbers()) == wanted && lost(pool, {2});
}

/// Tasks of tasks: of a lost rank's, which run again with it, and those that a lost rank ran for others.
bool nested(cohort::executor& pool) {
  const auto outer = [](cohort::task_context& here, int x) {
    auto inner = here.submit(
        [](cohort::task_context& there, int y) {
          std::this_thread::sleep_for(30ms);
          perhaps_die(there, 2, SIGKILL);
          return y + 1;
        },
        x);
    perhaps_die(here, 1, SIGKILL);
    return inner.get() + 1;
  };
  std::vector<cohort::future<int>> futures;
  for (const int x : numbers()) futures.push_back(pool.submit(outer, x));
  bool right = true;
  for (int x = 0; x != tasks; ++x) right = futures[static_cast<std::size_t>(x)].get() == x + 2 && right;
  return right && lost(pool, {1, 2});
}

/// A task that ends each rank that runs it; then there is nobody left for its queue.
bool taken_along(cohort::executor& pool) {
  const auto workers = pool.with({.queue = "workers"});
  auto deadly = workers.submit([] { (void)std::raise(SIGKILL); });
  bool right = false;
  try {
    deadly.get();
  } catch (const cohort::task_error& e) {
    right = e.reason == cohort::dispatch::end_reason::lost &&
            std::string_view{e.what()}.find("it probably ends them") != std::string_view::npos;
  }
  right = right && squares(pool, square<1, 0>);
  auto never = workers.submit(square<1, 0>, 1);
  try {
    never.get();
    right = false;
  } catch (const cohort::error& e) {
    right = right &&
            std::string_view{e.what()}.find("the ranks that served their queue are lost") != std::string_view::npos;
  }
  never.cancel();
  const auto did = pool.statistics();
  return right && did.rerun == 2 && did.failed == 1;
}

/// Every task looks at what is shared, of which the rank that has fetched it for its node may be lost.
bool shared(cohort::executor& pool) {
  const auto table = pool.share(std::vector<int>(1'000'000, 3));
  const auto look = [table](cohort::task_context& here, int x) {
    perhaps_die(here, 2, SIGKILL);
    std::this_thread::sleep_for(20ms);
    return table[static_cast<std::size_t>(x)] == 3 ? x * x : -1;
  };
  return squares(pool, look) && lost(pool, {2});
}

bool guarded(cohort::executor& pool) {
  const auto guarded = pool.with({.guarded = true});
  std::vector<cohort::future<int>> futures;
  for (const int x : numbers()) futures.push_back(guarded.submit([](int y) { return y * y; }, x));
  bool right = squares(pool, square<2, SIGKILL>);
  for (int x = 0; x != tasks; ++x) right = futures[static_cast<std::size_t>(x)].get() == x * x && right;
  return right && lost(pool, {2});
}

bool periodic(cohort::executor& pool) {
  const auto tick = pool.every(50ms, [] {});
  return squares(pool, square<2, SIGKILL>) && lost(pool, {2});
}

bool refused(cohort::executor& pool) {
  try {
    pool.with({.ranks = 2}).submit(square<1, 0>, 1);
  } catch (const cohort::argument_error& e) {
    return std::string_view{e.what()}.find("a task of 2 ranks in a fault-tolerant executor") !=
           std::string_view::npos;
  }
  return false;
}

/// The body says "ok" and fails, when a rank has been lost.
bool throws(cohort::executor& pool) {
  if (killed(pool)) std::puts("ok");
  std::fflush(stdout);
  throw std::runtime_error{"the body's own"};
}
/// A task fails that nobody asks about.
bool unasked(cohort::executor& pool) {
  (void)pool.submit([] { throw std::runtime_error{"the task's own"}; });
  return killed(pool);
}
bool root_lost(cohort::executor& pool) {
  (void)pool.submit(square<1, 0>, 1).get();
  (void)std::raise(SIGKILL);
  return false;
}

struct mode {
  std::string_view name;
  bool (*body)(cohort::executor& pool);
  int status = 0;  ///< that the body returns if all went well
};
constexpr mode modes[] = {{"nothing", nothing},   {"killed", killed},           {"crashed", crashed, 7},
                          {"stopped", stopped},   {"mapped", mapped},           {"nested", nested},
                          {"shared", shared},     {"taken_along", taken_along}, {"guarded", guarded},
                          {"periodic", periodic}, {"refused", refused},         {"throws", throws},
                          {"unasked", unasked},   {"root_lost", root_lost}};

}  // namespace

int main(int argc, char** argv) {
  for (const auto& how : modes) {
    if (argc < 2 || how.name != argv[1]) continue;
    cohort::executor_options options;
    if (how.name == "shared") options.node_size = 2;  // rank 2 or rank 3 fetches the data
    if (how.name == "taken_along") options.queues = {{"workers", {1, 2, 3}}};
    const auto body = [&](cohort::executor& pool) {
      const bool right = how.body(pool);
      std::puts(right ? "ok" : "wrong");
      return right ? how.status : 1;
    };
    const int status = cohort::run_executor(argc, argv, body, options);
    // The others are told the same; the root's status is the job's.
    if (status != how.status) std::fputs(fmt::format("{} is returned\n", status).c_str(), stderr);
    return status;
  }
  return 2;
}
