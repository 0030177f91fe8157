// coroutine_speed: what coroutines cost between two ranks.
//
//   mpirun -n 2 coroutine_speed [--rounds 15] [--messages 20000] [--shuffled]
//
// Prints the time of a ping-pong of 8 bytes by send and recv, and by co_await in an event_loop, taking turns in one
// process; and what the completion of a receive costs of which 100, and of which 10,000 are pending. The messages
// come in the order in which their receives were posted, or in random order, where both MPI's search among the
// posted receives and the loop's among the pending operations grow with their number. Exit status 1 if the
// coroutine's ping-pong takes more than 1.15 of the other, or a completion among 10,000 more than 2 of one among
// 100 (in order); on a busy machine both vary by more than that.
#include <cohort/async.hpp>
#include <cohort/collective.hpp>
#include <cohort/core/environment.hpp>
#include <cohort/p2p.hpp>

#include "bench/timing.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <numeric>
#include <random>
#include <vector>

namespace {

using cohort::task;
using cohort_bench::median;
using cohort_bench::steady;

double microseconds_since(steady::time_point begun) {
  return std::chrono::duration<double, std::micro>(steady::now() - begun).count();
}

double block(const cohort::communicator& world, int messages) {
  const int peer = 1 - world.rank();
  world.barrier();
  const auto begun = steady::now();
  double x = 1;
  for (int i = 0; i != messages; ++i) {
    if (world.rank() == 0) world.send(x, {.dest = peer});
    x = world.recv<double>({.source = peer, .tag = 0});
    if (world.rank() == 1) world.send(x, {.dest = peer});
  }
  return microseconds_since(begun) / messages;
}

task<double> converse(const cohort::communicator& world, int messages) {
  const int peer = 1 - world.rank();
  world.barrier();
  const auto begun = steady::now();
  double x = 1;
  for (int i = 0; i != messages; ++i) {
    if (world.rank() == 0) co_await world.async_send(x, {.dest = peer});
    x = co_await world.async_recv<double>({.source = peer, .tag = 0});
    if (world.rank() == 1) co_await world.async_send(x, {.dest = peer});
  }
  co_return microseconds_since(begun) / messages;
}

task<> receive(const cohort::communicator& world, int tag) {
  (void)co_await world.async_recv<int>({.source = 0, .tag = tag});
}

/// Microseconds for each completion on rank 1.
task<double> complete(const cohort::communicator& world, const std::vector<int>& order) {
  const auto n = static_cast<int>(order.size());
  double took = 0;
  if (world.rank() == 0) {
    world.barrier();
    for (const int tag : order) co_await world.async_send(tag, {.dest = 1, .tag = tag});
  } else {
    steady::time_point begun;
    co_await cohort::scope::run([&](cohort::scope& s) -> task<> {
      for (int tag = 0; tag != n; ++tag) s.spawn(receive(world, tag));
      co_await cohort::yield();
      co_await cohort::yield();
      world.barrier();
      begun = steady::now();
    });
    took = microseconds_since(begun) / n;
  }
  world.bcast(took, {.root = 1});
  co_return took;
}

}  // namespace

int main(int argc, char** argv) {
  int rounds = 15;
  int messages = 20'000;
  bool shuffled = false;
  CLI::App app{"What coroutines cost"};
  app.add_option("--rounds", rounds, "medians are of so many")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--messages", messages, "in a round of ping-pong")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("--shuffled", shuffled, "messages come in random order");
  CLI11_PARSE(app, argc, argv);
  const cohort::environment env{argc, argv};
  const auto& world = env.world();
  if (world.size() != 2) {
    if (world.rank() == 0) fmt::print(stderr, "coroutine_speed: run it at 2 ranks\n");
    return 2;
  }
  cohort::event_loop loop;
  std::vector<double> blocking;
  std::vector<double> awaiting;
  std::vector<double> few;
  std::vector<double> many;
  std::vector<int> hundred(100);
  std::vector<int> thousands(10'000);
  std::iota(hundred.begin(), hundred.end(), 0);
  std::iota(thousands.begin(), thousands.end(), 0);
  if (shuffled) {
    std::mt19937_64 random{1};
    std::shuffle(hundred.begin(), hundred.end(), random);
    std::shuffle(thousands.begin(), thousands.end(), random);
  }
  for (int round = 0; round != rounds; ++round) {
    blocking.push_back(block(world, messages));
    awaiting.push_back(loop.run(converse(world, messages)));
    std::vector<double> each;
    for (int i = 0; i != 100; ++i) each.push_back(loop.run(complete(world, hundred)));
    few.push_back(median(each));
    many.push_back(loop.run(complete(world, thousands)));
  }
  const double ping_pong = median(awaiting) / median(blocking);
  const double pending = median(many) / median(few);
  if (world.rank() == 0) {
    fmt::print("ping-pong 8 B: send and recv {:.3f} us, co_await {:.3f} us, ratio {:.3f} (bar 1.15)\n",
               median(blocking), median(awaiting), ping_pong);
    fmt::print("a completion: among 100 {:.3f} us, among 10,000 {:.3f} us, ratio {:.3f} (bar 2{})\n", median(few),
               median(many), pending, shuffled ? " in order" : "");
    std::fflush(stdout);
  }
  double worst = ping_pong > 1.15 || (!shuffled && pending > 2) ? 1 : 0;
  world.bcast(worst, {.root = 0});
  return worst > 0 ? 1 : 0;
}
