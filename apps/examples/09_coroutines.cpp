// Coroutines: rank 0 asks all ranks for roots of x^3 - 5x, by Newton's method from different starts, and waits two
// seconds at most for each. From 1 there is none: the method goes from 1 to -1 to 1 for ever.
#include <cohort/async.hpp>
#include <cohort/cohort.hpp>

#include <chrono>
#include <cmath>
#include <iostream>
#include <string>
#include <vector>

using cohort::task;

struct question {
  int number = 0;
  double start = 0;
};

static task<double> root_from(double x) {
  for (double step = 1; std::abs(step) > 1e-12; x -= step) {
    step = (x * x * x - 5 * x) / (3 * x * x - 5);
    co_await cohort::yield();  // lets the other tasks of this rank run, and messages come
  }
  co_return x;
}

static task<> answer(const cohort::communicator& world, cohort::scope& s) {  // any number of questions at a time
  for (;;) {
    const auto asked = co_await world.async_recv<question>({.source = 0, .tag = 0});
    s.spawn([&world, asked]() -> task<> {
      const double root = co_await root_from(asked.start);
      co_await world.async_send(root, {.dest = 0, .tag = asked.number});
    });
  }
}

static task<std::string> ask(const cohort::communicator& world, int rank, question what) {
  co_await world.async_send(what, {.dest = rank, .tag = 0});
  try {
    const auto reply = world.async_recv<double>({.source = rank, .tag = what.number});
    co_return std::to_string(co_await cohort::with_timeout(std::chrono::seconds{2}, reply));
  } catch (const cohort::timeout_error&) {
    co_return "no answer";
  }
}

int main(int argc, char** argv) {
  cohort::environment env{argc, argv};
  const auto& world = env.world();
  cohort::event_loop loop;
  loop.run(cohort::scope::run([&](cohort::scope& s) -> task<> {
    s.spawn(answer(world, s));
    std::vector<task<std::string>> asked;  // on rank 0: one for each start
    for (int i = 1; i <= 5 && world.rank() == 0; ++i) asked.push_back(ask(world, i % world.size(), {i, i - 3.0}));
    for (const auto& root : co_await cohort::when_all(std::move(asked))) std::cout << root << '\n';
    co_await world.ibarrier();  // rank 0 asks no more
    s.request_stop();           // ends answer(), and what goes on for ever
  }));
}
