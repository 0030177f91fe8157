// The ranks' state and shared data in guarded tasks, which run in processes of their own; and what a job that is
// killed leaves behind.

#include "data_modes.hpp"

#include "judge.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

/// Belongs to the process that made it.
struct connection {
  pid_t process = ::getpid();
  int used = 0;
  std::string farewell{};  ///< a file to be written in the end
  connection() = default;
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection() {
    if (!farewell.empty()) std::ofstream{farewell} << process << std::endl;
  }
};

void state_of_guarded(cohort::executor& pool, judge& is) {
  const auto use = [](cohort::task_context& here) {
    auto& mine = here.state<connection>();
    ++mine.used;
    ++here.state<connection>().used;
    return std::pair{static_cast<int>(mine.process - ::getpid()), mine.used};
  };
  for (int i = 0; i != 10; ++i) {
    is.expect(pool.with({.guarded = true}).submit(use).get() == std::pair{0, 2}, "its own, new");
    is.expect(pool.submit(use).get().first == 0, "the rank's");
  }
  const auto file = std::filesystem::temp_directory_path() / ("cohort_farewell_" + std::to_string(::getpid()));
  const auto leave = [](cohort::task_context& here, const std::string& name) {
    here.state<connection>().farewell = name;
    return static_cast<int>(::getpid());
  };
  const int process = pool.with({.guarded = true}).submit(leave, file.string()).get();
  int told = 0;
  std::ifstream{file} >> told;
  is.expect(told == process, "ends before its task is over");
  std::filesystem::remove(file);
  try {
    pool.with({.guarded = true}).submit([](cohort::task_context& here) { return here.state<long>(); }).get();
    is.expect(false, "another type is an error");
  } catch (const cohort::argument_error& e) {
    is.expect(std::string{e.what()}.find("connection") != std::string::npos, e.what());
  }
}

double sum_of(cohort::shared_data<double> table) {
  return std::accumulate(table.begin(), table.end(), 0.0);
}

void shared_in_guarded(cohort::executor& pool, judge& is) {
  std::vector<double> numbers(500'000);
  std::iota(numbers.begin(), numbers.end(), 1.0);
  const auto table = pool.share(numbers);
  const auto other = pool.share(std::vector<double>{1, 2});
  const auto guarded = pool.with({.guarded = true});
  std::vector<cohort::future<double>> all;
  for (std::size_t i = 0; i != 4 * pool.slots(); ++i) {
    all.push_back(guarded.submit([=] { return sum_of(table) + table[0] + sum_of(other); }));
    all.push_back(pool.submit([=] { return sum_of(table) + table[0] + sum_of(other); }));
  }
  for (const auto& each : all) is.expect(each.get() == 125000250000.0 + 4, "the same everywhere");
  is.expect(guarded.map([other](int i) { return other[static_cast<std::size_t>(i)]; }, std::vector{1, 0}) ==
                std::vector{2.0, 1.0},
            "in maps");
  pool.unshare(table);
  try {
    guarded.submit(sum_of, table).get();
    is.expect(false, "what was given up is an error");
  } catch (const cohort::error& e) {
    is.expect(std::string{e.what()}.find("not shared any more") != std::string::npos, e.what());
  }
}

/// For ever, with all ranks looking at the data.
void hang(cohort::executor& pool) {
  const auto table = pool.share(std::vector<double>(1'000'000, 1.0));
  std::vector<cohort::future<void>> all;
  for (std::size_t i = 0; i != pool.slots(); ++i) {
    all.push_back(pool.submit([table] {
      for (;;) std::this_thread::sleep_for(table[0] * 10ms);
    }));
  }
  cohort::wait_all(all);
}

}  // namespace

int data_body(cohort::executor& pool, const std::string& mode) {
  judge is;
  if (mode == "guarded_state") {
    state_of_guarded(pool, is);
  } else if (mode == "guarded_shared") {
    shared_in_guarded(pool, is);
  } else if (mode == "shared_hangs") {  // to be killed from outside
    hang(pool);
  } else {
    return -1;
  }
  return is.verdict();
}

cohort::rank_state data_state() {
  return cohort::rank_state{[] { return connection{}; }};
}
