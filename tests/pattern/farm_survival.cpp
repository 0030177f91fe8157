// farm_survival MODE: a farm of which ranks are lost, under cohort-run --fault-tolerant. The root says "ok" and
// returns 0 if each result came exactly once, and the report names who was lost.

#include <cohort/core/environment.hpp>
#include <cohort/pattern/farm.hpp>

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <numeric>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;

constexpr int tasks = 60;

struct mode {
  std::string_view name;
  std::map<int, int> signals{};  ///< by which each rank dies, in its second task
  int status = 0;                ///< what the root's main returns if all went well
};

const std::vector<mode> modes{
    {.name = "nothing"},
    {.name = "killed", .signals = {{2, SIGKILL}}},
    {.name = "crashed", .signals = {{1, SIGSEGV}}, .status = 5},
    {.name = "stopped", .signals = {{3, SIGSTOP}}},
    {.name = "all_others", .signals = {{1, SIGKILL}, {2, SIGSEGV}, {3, SIGABRT}}},
    {.name = "map", .signals = {{1, SIGKILL}}},
    {.name = "throws", .signals = {{2, SIGKILL}}},
    {.name = "exits", .signals = {{2, SIGKILL}}, .status = 6},
    {.name = "dies_later"},
    {.name = "stops_later"},
};

std::vector<int> numbers() {
  std::vector<int> all(tasks);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

bool refused(const std::function<void()>& call) {
  try {
    call();
  } catch (const cohort::error& e) {
    return std::string_view{e.what()}.find("was lost before") != std::string_view::npos;
  }
  return false;
}

/// The ranks that are left all see the same report, and no second run begins.
template <class Farm>
bool right_everywhere(const cohort::communicator& world, Farm& farm, const cohort::farm_report& report,
                      const mode& how) {
  bool right = report.complete() && report.tasks == tasks && report.lost() == how.signals.size() &&
               report.ranks.size() == 4 && report.retried == 0;
  std::uint64_t rerun = 0;
  for (int r = 0; r != 4; ++r) {
    const auto& did = report.ranks[static_cast<std::size_t>(r)];
    right = right && did.lost == (how.signals.count(r) != 0) && !did.host.empty();
    right = right && did.rerun == how.signals.count(r);
    rerun += did.rerun;
  }
  right = right && report.rerun == rerun;
  if (how.signals.empty()) return right;
  return right && refused([&] { farm.run(numbers(), [](int) {}); }) && refused([&] {
           cohort::farm{world, [](int x) { return x; }};
         });
}

/// What has to run and be written though the process ends by _exit: the destructors of static objects, behind the
/// handlers of atexit, which run in the other order.
struct last_words {
  last_words() = default;
  last_words(const last_words&) = delete;
  last_words& operator=(const last_words&) = delete;
  ~last_words() {
    if (ended) std::fputs("last words", stdout);
  }
  bool ended = false;
} static at_last;

int work_all(const cohort::environment& env, const mode& how) {
  const auto& world = env.world();
  cohort::farm farm{world, [&how, rank = world.rank(), nth = 0](int x) mutable {
                      const auto mine = how.signals.find(rank);
                      if (mine != how.signals.end() && ++nth == 2) (void)std::raise(mine->second);
                      std::this_thread::sleep_for(20ms);
                      return x * x;
                    }};
  if (how.name == "map") {
    const auto squares = farm.map(numbers());
    bool right = world.rank() != 0 || squares.size() == tasks;
    for (std::size_t i = 0; i != squares.size(); ++i) right = right && squares[i] == static_cast<int>(i * i);
    if (world.rank() == 0) std::puts(right ? "ok" : "wrong");
    return right ? 0 : 1;
  }
  std::map<int, int> results;
  auto report = farm.run(numbers(), [&](int square) { ++results[square]; });
  bool right = right_everywhere(world, farm, report, how);
  if (how.name == "nothing") {  // again, since nobody was lost
    report = farm.run(numbers(), [&](int) {});
    right = right && right_everywhere(world, farm, report, how);
    // A rank that has left may be there for the next run while the root still lets the others go.
    cohort::farm quick{world, [](int x) { return x; }};
    for (int run = 0; run != 200; ++run) right = quick.run(numbers(), [](int) {}).complete() && right;
  }
  if (world.rank() != 0) {
    if (!right) std::fputs(fmt::format("rank {} is told something wrong\n", world.rank()).c_str(), stderr);
    if (how.name == "dies_later" && world.rank() == 2) (void)std::raise(SIGKILL);
    if (how.name == "stops_later" && world.rank() == 2) (void)std::raise(SIGSTOP);
    return 0;
  }
  for (int x = 0; x != tasks; ++x) right = right && results[x * x] == 1;
  std::puts(right ? "ok" : "wrong");
  if (how.name == "throws") throw std::runtime_error{"main's own"};
  if (how.name == "exits") {
    std::atexit([] { at_last.ended = true; });
    std::exit(right ? how.status : 1);
  }
  return right ? how.status : 1;
}

/// A task that ends each rank that runs it, but for the root, which fails in it.
int take_three_along(const cohort::environment& env) {
  const auto& world = env.world();
  cohort::farm farm{world,
                    [rank = world.rank()](int x) {
                      std::this_thread::sleep_for(20ms);  // what it did before is told meanwhile
                      if (x == 7 && rank == 0) throw std::runtime_error{"not here"};
                      if (x == 7) (void)std::raise(SIGKILL);
                    },
                    {.retries = 1'000'000}};
  int done = 0;
  std::vector<cohort::task_failure> failures;
  const auto report = farm.run(
      numbers(), [&](const auto&) { ++done; }, [&](const cohort::task_failure& f) { failures.push_back(f); });
  if (world.rank() != 0) return 0;
  const bool right = done == tasks - 1 && failures.size() == 1 && report.lost() == 3 && report.rerun == 2 &&
                     failures.front().task == 7 && failures.front().reason == cohort::dispatch::end_reason::lost;
  std::puts(right ? "ok" : "wrong");
  for (const auto& f : failures) std::puts(f.describe().c_str());
  return right ? 0 : 1;
}

/// The root dies in a result; the others leave.
int lose_the_root(const cohort::environment& env) {
  const auto& world = env.world();
  cohort::farm farm{world, [](int x) {
                      std::this_thread::sleep_for(20ms);
                      return x;
                    }};
  try {
    farm.run(numbers(), [&](int) { (void)std::raise(SIGKILL); });
  } catch (const cohort::crew::root_lost& e) {
    std::fputs(fmt::format("rank {} leaves: {}\n", world.rank(), e.what()).c_str(), stderr);
  }
  return 0;
}

bool refuses(const cohort::communicator& world, cohort::farm_options options, std::string_view what) {
  try {
    cohort::farm{world, [](int x) { return x; }, options};
  } catch (const cohort::argument_error& e) {
    return std::string_view{e.what()}.find(what) != std::string_view::npos;
  }
  return false;
}

int refuse(const cohort::environment& env) {
  const auto& world = env.world();
  bool right = refuses(world, {.ranks = 2}, "fault-tolerant farm cannot run tasks of several ranks") &&
               refuses(world, {.levels = 2}, "fault-tolerant farm has one level of masters");
  cohort::farm members{world, [](int x, cohort::communicator&) { return x; }};
  try {
    members.run(numbers(), [](int) {});
    right = false;
  } catch (const cohort::argument_error&) {
  }
  // What is asked for by the program comes before how the job was started.
  cohort::farm two{world, [](int x) { return x; }, {.levels = 2, .fault_tolerant = false}};
  right = two.run(numbers(), [](int) {}).complete() && right;
  if (world.rank() == 0) std::puts(right ? "ok" : "wrong");
  return right ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  cohort::environment env{argc, argv};
  const std::string_view wanted = argc > 1 ? argv[1] : "";
  if (wanted == "taken_along") return take_three_along(env);
  if (wanted == "root_lost") return lose_the_root(env);
  if (wanted == "refused") return refuse(env);
  for (const auto& how : modes) {
    if (how.name == wanted) return work_all(env, how);
  }
  return 2;
}
