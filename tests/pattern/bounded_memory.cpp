// A million tasks of 10 kB and as many results of 10 kB pass through a farm or an executor: no rank ever holds more
// than 100 MB, MPI's own memory included.

#include <cohort/cohort.hpp>

#include "generated.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

namespace {

using bytes = std::vector<std::uint8_t>;

/// The most memory that this process ever had, in kB.
std::size_t peak_memory() {
  std::ifstream status{"/proc/self/status"};
  for (std::string word; status >> word;) {
    std::size_t peak = 0;
    if (word == "VmHWM:" && status >> peak) return peak;
  }
  throw std::runtime_error{"/proc/self/status does not tell VmHWM"};
}

bytes task(int i) {
  return bytes(10'000, static_cast<std::uint8_t>(i));
}

struct answer {
  bytes data;
  std::size_t peak = 0;
};

answer work(const bytes& what) {
  static std::size_t calls = 0;
  return {what, ++calls % 1000 == 0 ? peak_memory() : 0};
}

/// Checks that each task's bytes came back, and the memory.
class audit {
 public:
  explicit audit(int n) : missing_(256) {
    for (int i = 0; i != n; ++i) ++missing_[static_cast<std::uint8_t>(i)];
  }
  void operator()(const answer& a) {
    if (a.data.size() != 10'000 || a.data.front() != a.data.back()) ++wrong_;
    --missing_[a.data.front()];
    peak_ = std::max(peak_, a.peak);
  }
  [[nodiscard]] int verdict(const std::string& mode) {
    peak_ = std::max(peak_, peak_memory());
    std::cerr << mode << ": at most " << peak_ << " kB on any rank\n";
    if (wrong_ != 0 || std::ranges::any_of(missing_, [](long left) { return left != 0; })) {
      std::cout << "results are wrong\n";
      return 1;
    }
    std::cout << (peak_ < 100'000 ? "memory is bounded\n" : "too much memory\n");
    return peak_ < 100'000 ? 0 : 1;
  }

 private:
  std::vector<long> missing_;
  std::size_t peak_ = 0;
  int wrong_ = 0;
};

int by_executor(int argc, char** argv, int n) {
  return cohort::run_executor(argc, argv, [&](cohort::executor& pool) {
    audit all{n};
    for (auto&& each : pool.imap_unordered(work, cohort::test::generated{n, task})) all(each);
    return all.verdict("executor");
  });
}

int by_farm(int argc, char** argv, int n) {
  const cohort::environment env{argc, argv};
  audit all{n};
  cohort::farm copy{env.world(), work};
  copy.run(cohort::test::generated{n, task}, [&](const answer& each) { all(each); });
  return env.world().rank() == 0 ? all.verdict("farm") : 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  const int n = argc > 2 ? std::stoi(argv[2]) : 1'000'000;
  if (mode == "executor") return by_executor(argc, argv, n);
  if (mode == "farm") return by_farm(argc, argv, n);
  std::cerr << "usage: bounded_memory executor|farm [TASKS]\n";
  return 2;
}
