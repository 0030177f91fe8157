// The example of docs/journal.md of a program that ends before its time is over, and goes on in its next life. A
// program of its own, which is told so by a signal: see energies.sh, and cluster.slurm_drain. Its tasks leave a
// mark each in the file "ran", and take ENERGIES_MS milliseconds.

#include <cohort/cohort.hpp>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

std::chrono::milliseconds length() {
  const char* const text = std::getenv("ENERGIES_MS");
  return std::chrono::milliseconds{text == nullptr ? 30 : std::atoi(text)};
}

double simulate(int seed, double temperature) {
  const int fd = ::open("ran", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (::write(fd, "x", 1) != 1) std::perror("ran");
  ::close(fd);
  std::this_thread::sleep_for(length());
  return temperature + seed;
}

}  // namespace

// example: drain
int main(int argc, char** argv) {
  const auto body = [](cohort::executor& pool) {
    std::vector<cohort::future<double>> energies;
    for (int seed = 0; seed != 100; ++seed) energies.push_back(pool.submit(simulate, seed, 300.0));
    double sum = 0;
    for (auto& each : energies) sum += each.get();  // drained_error, at the first that was not run
    std::printf("%g\n", sum);
  };
  return cohort::run_executor(
      argc, argv, body,
      {.journal = "energies.journal", .drain = {.until = cohort::end_of_job(), .signals = {SIGUSR1}}});
}
// end
