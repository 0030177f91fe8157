// Guarded tasks: what ends their processes ends nothing else. Whole programs, since the process that forks them is
// made before MPI begins.

#include "guarded_modes.hpp"

#include "data_modes.hpp"
#include "judge.hpp"
#include "little_memory.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

/// The program's own end, which is not a child's.
struct farewell {
  pid_t whose = ::getpid();
  farewell() = default;
  farewell(const farewell&) = delete;
  farewell& operator=(const farewell&) = delete;
  ~farewell() {
    if (::getpid() != whose) std::cout << "the program's end was run in a child" << std::endl;
  }
} const at_the_end;

class own_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

int ends_badly(const std::string& how) {
  if (how == "segfault") {
    volatile int* nowhere = nullptr;
    *nowhere = 1;
  }
  if (how == "abort") std::abort();
  if (how == "exit") std::exit(3);
  if (how == "killed") ::kill(::getpid(), SIGKILL);
  if (how == "terminate") std::terminate();
  if (how == "throws") throw std::out_of_range{"at 7"};
  return 1;
}

/// For ever.
int spins(bool deaf) {
  if (deaf) std::signal(SIGTERM, SIG_IGN);
  for (volatile bool on = true; on;) {
  }
  return 0;
}

/// For ever, in a process of its own that the task begins and tells of in a file.
void begins_another(const std::string& file) {
  if (::fork() == 0) {
    for (;;) ::pause();
  }
  std::ofstream{file} << ::getpid() << std::endl;
  for (;;) ::pause();
}

std::string temporary(const std::string& name) {
  return std::filesystem::temp_directory_path() / (name + std::to_string(::getpid()));
}

std::size_t entries(const std::string& directory) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{directory}, {}));
}

/// A task that is cancelled in a moment; whether its process group is gone thereafter.
bool leaves_nothing(const cohort::submission& pool) {
  const auto file = temporary("cohort_guarded_group_");
  const auto task = pool.submit(begins_another, file);
  pid_t group = 0;
  for (int i = 0; i != 10'000 && group == 0; ++i) {
    static_cast<void>(task.wait_for(1ms));
    std::ifstream{file} >> group;
  }
  task.cancel();
  static_cast<void>(task.wait_for(10s));
  bool gone = false;
  for (int i = 0; i != 10'000 && !gone; ++i) {
    gone = group > 0 && ::kill(-group, 0) != 0;
    std::this_thread::sleep_for(1ms);
  }
  std::filesystem::remove(file);
  return gone;
}

void crashes(cohort::executor& pool, judge& is) {
  const auto guarded = pool.with({.guarded = true});
  using expected = std::pair<std::string, int>;
  for (const auto& [how, signal] : {expected{"segfault", SIGSEGV}, expected{"abort", SIGABRT},
                                    expected{"terminate", SIGABRT}, expected{"killed", SIGKILL}}) {
    const auto task = guarded.submit(ends_badly, how);
    try {
      task.get();
      is.expect(false, how + " is an error");
    } catch (const cohort::task_crashed& e) {
      // A sanitizer turns some signals into an exit.
      is.expect(e.signal() == signal || e.exit_status() != 0, how + ": " + e.what());
      is.expect(e.rank >= 0 && !e.host.empty() && e.attempt == 0, how + " says where");
    }
  }
  try {
    guarded.submit(ends_badly, "exit").get();
    is.expect(false, "exit is an error");
  } catch (const cohort::task_crashed& e) {
    is.expect(e.signal() == 0 && e.exit_status() == 3, std::string{"exit: "} + e.what());
    is.expect(std::string{e.what()}.find("exit status 3") != std::string::npos, e.what());
  }
  try {
    guarded.submit([] { const cohort::environment env; }).get();
    is.expect(false, "MPI in a guarded task is an error");
  } catch (const cohort::error& e) {
    is.expect(std::string{e.what()}.find("a guarded task cannot use MPI") != std::string::npos, e.what());
  }
  try {
    guarded.submit(ends_badly, "throws").get();
    is.expect(false, "throws is an error");
  } catch (const std::out_of_range& e) {
    is.expect(std::string{e.what()} == "at 7", e.what());
  }
  try {
    guarded.submit([] { throw own_error{"mine"}; }).get();
    is.expect(false, "own_error is an error");
  } catch (const own_error& e) {
    is.expect(std::string{e.what()} == "mine", e.what());
  }
  is.expect(guarded.submit(ends_badly, "not at all").get() == 1, "goes on");
  const auto pids = guarded.map([](int) { return static_cast<int>(::getpid()); }, std::vector{1, 2, 3});
  is.expect(pids.size() == 3 && pids[0] != static_cast<int>(::getpid()), "maps, elsewhere");
}

/// Takes memory until there is none. Where there is no control group a limit on addresses has to do: then the end
/// is std::bad_alloc, which is let out of what must not throw.
int takes_all_memory(const std::string& group) noexcept {
  if (!little_memory::enter(group)) {
    const rlimit little{std::size_t{1} << 28U, std::size_t{1} << 28U};
    ::setrlimit(RLIMIT_AS, &little);
  }
  constexpr std::size_t piece = std::size_t{1} << 20U;
  std::vector<std::unique_ptr<char[]>> taken;
  for (;;) {
    taken.push_back(std::make_unique<char[]>(piece));  // touched: it is zeroed
    for (std::size_t i = 0; i < piece; i += 4096) taken.back()[i] = static_cast<char>(taken.size());
  }
}

/// The kernel ends a process for which there is no memory left, and nothing but that.
void memory(cohort::executor& pool, judge& is) {
  const little_memory group{std::size_t{64} << 20U};
  const auto guarded = pool.with({.guarded = true});
  // Having made it is not yet the right to enter it.
  const bool found = guarded.submit(little_memory::enter, group.where()).get();
  if (!found) std::cerr << "no control group with little memory here: a limit on addresses instead\n";
  std::vector<cohort::future<int>> all;
  for (std::size_t i = 0; i != 2 * pool.slots(); ++i)
    all.push_back(guarded.submit(takes_all_memory, group.where()));
  for (const auto& each : all) {
    try {
      each.get();
      is.expect(false, "want of memory is an error");
    } catch (const cohort::task_crashed& e) {
      const std::string what = e.what();
      if (!found) {
        // A sanitizer turns want of memory into an exit.
        is.expect(e.signal() == SIGABRT || e.exit_status() != 0, what);
      } else {
        is.expect(e.signal() == SIGKILL &&
                      what.find("SIGKILL (the kernel sends it when memory runs out)") != std::string::npos,
                  what);
      }
      is.expect(e.rank >= 0 && !e.host.empty(), "it says where");
    }
  }
  for (std::size_t i = 0; i != 2 * pool.slots(); ++i)
    is.expect(pool.with({.guarded = i % 2 == 0}).submit(ends_badly, "not at all").get() == 1, "goes on");
}

void timeouts(cohort::executor& pool, judge& is) {
  for (const bool deaf : {false, true}) {
    std::vector<cohort::future<int>> all;
    for (std::size_t i = 0; i != 2 * pool.slots(); ++i)
      all.push_back(pool.with({.retries = 1, .timeout = 20ms, .guarded = true}).submit(spins, deaf));
    for (const auto& each : all) {
      const auto why = each.failure();
      is.expect(why && why->reason == cohort::dispatch::end_reason::timed_out && why->attempt == 1, "times out");
    }
  }
  // All ranks are free again.
  std::vector<cohort::future<int>> after;
  for (std::size_t i = 0; i != 2 * pool.slots(); ++i) after.push_back(pool.submit(ends_badly, "not at all"));
  for (const auto& each : after) is.expect(each.get() == 1, "goes on");
}

void cancels(cohort::executor& pool, judge& is) {
  const auto guarded = pool.with({.track_started = true, .guarded = true});
  for (int i = 0; i != 20; ++i) {
    const auto task = guarded.submit(spins, false);
    if (i % 2 == 0) {
      while (task.state() != cohort::task_state::started) static_cast<void>(task.wait_for(1ms));
    }
    task.cancel();
    is.expect(task.wait_for(10s) && task.state() == cohort::task_state::revoked, "is revoked");
  }
  is.expect(leaves_nothing(guarded), "its processes end");
}

void retries(cohort::executor& pool, judge& is) {
  const auto file = temporary("cohort_guarded_count_");
  const auto third_time = [](const std::string& counter) {
    int count = 0;
    std::ifstream{counter} >> count;
    std::ofstream{counter} << ++count << std::endl;
    if (count < 3) std::abort();
    return count;
  };
  is.expect(pool.with({.retries = 3, .guarded = true}).submit(third_time, file).get() == 3, "the third time");
  is.expect(pool.statistics().retried == 2, "two were retried");
  std::filesystem::remove(file);
}

void big(cohort::executor& pool, judge& is) {
  std::vector<int> numbers(std::size_t{25} << 20U);
  std::iota(numbers.begin(), numbers.end(), 0);
  const auto reversed = pool.with({.guarded = true})
                            .submit(
                                [](std::vector<int> of) {
                                  std::reverse(of.begin(), of.end());
                                  return of;
                                },
                                numbers)
                            .get();
  std::reverse(numbers.begin(), numbers.end());
  is.expect(reversed == numbers, "100 MiB there and back");
  // One that reads nothing of what it is sent to the end.
  const auto dies = pool.with({.guarded = true}).submit([](const std::vector<int>&) { std::abort(); }, numbers);
  is.expect(dies.failure().has_value(), "and it dies");
}

void many(cohort::executor& pool, judge& is) {
  const auto round = [&](int n) {
    std::vector<cohort::future<int>> all;
    for (int i = 0; i != n; ++i) all.push_back(pool.with({.guarded = true}).submit([](int x) { return x + 1; }, i));
    for (int i = 0; i != n; ++i) is.expect(all[static_cast<std::size_t>(i)].get() == i + 1, "its own result");
  };
  round(20);
  const auto descriptors = entries("/proc/self/fd");
  const auto begun = std::chrono::steady_clock::now();
  round(2000);
  const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begun;
  std::cerr << "2000 guarded tasks: " << took.count() / 2000 << " us each\n";
  is.expect(entries("/proc/self/fd") == descriptors, "no descriptor is left open");
  const auto one = std::chrono::steady_clock::now();
  for (int i = 0; i != 200; ++i) pool.with({.guarded = true}).submit([] {}).get();
  const std::chrono::duration<double, std::micro> each = std::chrono::steady_clock::now() - one;
  std::cerr << "one at a time: " << each.count() / 200 << " us each\n";
  // The helper's children: those that have ended and were not waited for would be seen here.
  const auto open = pool.with({.guarded = true}).submit([] { return entries("/proc/self/fd"); }).get();
  is.expect(open <= descriptors, "a task inherits no descriptor of its rank");
  const auto siblings = pool.with({.guarded = true})
                            .submit([] {
                              const auto helper = std::to_string(::getppid());
                              std::ifstream children{"/proc/" + helper + "/task/" + helper + "/children"};
                              int count = 0;
                              for (int pid = 0; children >> pid;) ++count;
                              return count;
                            })
                            .get();
  is.expect(siblings <= 1, "no zombies");
}

void example(cohort::executor& pool, judge& is) {
  std::string log;
  // example: guarded
  auto guarded = pool.with({.timeout = 10s, .guarded = true});  // time_limit=10
  auto broken = guarded.submit([] { std::abort(); });
  try {
    broken.get();
  } catch (const cohort::task_crashed& e) {  // WorkerLostError
    if (e.signal() == SIGABRT) log += e.what();
  }
  auto endless = guarded.submit([] {
    for (;;) std::this_thread::sleep_for(1s);
  });
  endless.cancel();  // revoke(terminate=True)
  // end
  is.expect(log.find("its process was ended by SIGABRT") != std::string::npos, log);
  is.expect(endless.state() == cohort::task_state::revoked, "revoked");
}

void refuses(cohort::executor& pool, judge& is) {
  try {
    pool.with({.guarded = true})
        .submit([](cohort::task_context& here) { return here.submit(ends_badly, "not at all").get(); })
        .get();
    is.expect(false, "no tasks of guarded tasks");
  } catch (const cohort::error& e) {
    is.expect(std::string{e.what()}.find("a guarded task submits another") != std::string::npos, e.what());
  }
}

}  // namespace

int guarded_body(cohort::executor& pool, const std::string& mode) {
  judge is;
  if (mode == "guarded_crashes") {
    crashes(pool, is);
  } else if (mode == "guarded_memory") {
    memory(pool, is);
  } else if (mode == "guarded_timeouts") {
    timeouts(pool, is);
  } else if (mode == "guarded_cancels") {
    cancels(pool, is);
  } else if (mode == "guarded_retries") {
    retries(pool, is);
  } else if (mode == "guarded_big") {
    big(pool, is);
  } else if (mode == "guarded_many") {
    many(pool, is);
  } else if (mode == "guarded_example") {
    example(pool, is);
  } else if (mode == "guarded_refuses") {
    refuses(pool, is);
  } else if (mode == "guarded_hangs") {  // to be killed from outside
    std::vector<cohort::future<int>> all;
    for (std::size_t i = 0; i != pool.slots(); ++i) all.push_back(pool.with({.guarded = true}).submit(spins, true));
    cohort::wait_all(all);
  } else {
    return -1;
  }
  return is.verdict();
}

cohort::executor_options guarded_options() {
  return {.exceptions = cohort::exception_types{}.with<own_error>(), .state = data_state(), .node_size = 1};
}
