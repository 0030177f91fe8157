// executor_journal_program JOURNAL FOLDER: 60 tasks, each of which makes a file in FOLDER; prints how many had
// results in JOURNAL, and the sum of all. See executor_journal.sh.

#include <cohort/pattern/executor.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

int make_file(int i, const std::string& folder) {
  auto name = folder + "/" + std::to_string(i) + ".XXXXXX";
  const int fd = ::mkstemp(name.data());
  if (fd < 0) throw std::runtime_error{"cannot make " + name};
  ::close(fd);
  std::this_thread::sleep_for(std::chrono::milliseconds{10});
  return 2 * i;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string folder = argv[2];
  return cohort::run_executor(argc, argv,
                              [&](cohort::executor& pool) {
                                std::vector<cohort::future<int>> all;
                                for (int i = 0; i != 60; ++i) all.push_back(pool.submit(make_file, i, folder));
                                int sum = 0;
                                for (auto& each : all) sum += each.get();
                                std::cout << "reused " << pool.statistics().reused << " sum " << sum << '\n';
                              },
                              {.journal = argv[1]});
}
