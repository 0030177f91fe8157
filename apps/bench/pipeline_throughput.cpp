// pipeline_throughput: how much of what its slowest stage allows a pipeline reaches. Each has a source, stages that
// sleep for a given time, the middle one the longest, and an ordered sink. A sleep is never exactly as long as
// asked for, so the slowest stage allows one item in the time that its sleeps took as measured, divided by its
// ranks.
//
//   mpirun -n 5 pipeline_throughput [--seconds 2] [--rounds 3] [--replicas 1] [--lengths 10 100 1000] [--bytes 8
//   65536]
#include <cohort/cohort.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace {

using microseconds = std::chrono::microseconds;

struct settings {
  double seconds = 2;
  int rounds = 3;
  int replicas = 1;
  std::vector<int> lengths{10, 100, 1000};
  std::vector<std::size_t> bytes{8, 65536};
};

struct outcome {
  double share = 0;
  double per_second = 0;
  std::string slowest;
};

/// Three stages between source and sink; `length` is that of the middle one, the others take `beside`.
outcome run(const cohort::communicator& world, microseconds length, microseconds beside, std::size_t bytes,
            const settings& how) {
  using item = std::vector<char>;
  const auto items =
      std::max<long>(static_cast<long>(how.seconds / (static_cast<double>(length.count()) * 1e-6 + 60e-6)), 50) *
      how.replicas;
  const auto sleep = [](microseconds time) {
    return [time](item x) {
      if (time.count() != 0) std::this_thread::sleep_for(time);
      return x;
    };
  };
  long taken = 0;
  const auto report =
      cohort::pipeline([=, i = 0L]() mutable { return i++ < items ? std::optional{item(bytes)} : std::nullopt; }) |
      cohort::stage(sleep(beside), {.name = "before", .replicas = 1}) |
      cohort::stage(sleep(length), {.name = "slow", .replicas = how.replicas}) |
      cohort::stage(sleep(beside), {.name = "after", .replicas = 1}) |
      cohort::sink([&](const item&) { ++taken; }, {.ordered = true}) | cohort::run_on(world);
  // A rank that runs several stages takes the time of all of them.
  std::vector<double> of_rank(static_cast<std::size_t>(world.size()));
  for (const auto& s : report.stages) {
    for (const int r : s.ranks) of_rank[static_cast<std::size_t>(r)] += s.seconds_per_rank();
  }
  const double allowed = *std::max_element(of_rank.begin(), of_rank.end());
  return {allowed / report.seconds, static_cast<double>(items) / report.seconds, report.bottleneck().name};
}

}  // namespace

int main(int argc, char** argv) {
  cohort::environment env{argc, argv};
  const auto& world = env.world();
  settings how;
  CLI::App app{"throughput of pipelines as a share of what their slowest stage allows"};
  app.add_option("--seconds", how.seconds, "of each run, about");
  app.add_option("--rounds", how.rounds, "the median is taken");
  app.add_option("--replicas", how.replicas, "of the slow stage");
  app.add_option("--lengths", how.lengths, "of the slow stage's sleep, in microseconds");
  app.add_option("--bytes", how.bytes, "of an item");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return world.rank() == 0 ? app.exit(e) : static_cast<int>(e.get_exit_code());
  }
  if (world.rank() == 0) {
    fmt::print("{} ranks, {} replica(s) of the slow stage, ordered sink; median of {} rounds\n", world.size(),
               how.replicas, how.rounds);
    fmt::print("{:>10} {:>10} {:>10} {:>8} {:>12}  bottleneck\n", "slow [us]", "others", "bytes", "share",
               "items/s");
  }
  for (const std::size_t bytes : how.bytes) {
    for (const int length : how.lengths) {
      for (const int beside : {0, length / 2}) {
        std::vector<outcome> rounds;
        for (int i = 0; i != how.rounds; ++i)
          rounds.push_back(run(world, microseconds{length}, microseconds{beside}, bytes, how));
        std::sort(rounds.begin(), rounds.end(), [](const auto& a, const auto& b) { return a.share < b.share; });
        const auto& median = rounds[rounds.size() / 2];
        if (world.rank() == 0)
          fmt::print("{:>10} {:>10} {:>10} {:>8.3f} {:>12.0f}  {}\n", length, beside, bytes, median.share,
                     median.per_second, median.slowest);
      }
    }
  }
}
