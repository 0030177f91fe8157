// The examples of docs/channels.md for tasks of an event loop.
#include <cohort/async.hpp>
#include <cohort/cohort.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <numeric>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using cohort::task;
using cohort::test::world;

struct job {
  int number = 0;
};

TEST(docs_channels, tasks_wait_and_not_the_rank) {
  std::vector<int> done;
  const auto work_on = [&](const job& one) { done.push_back(one.number); };
  // example: tasks
  cohort::channel<job> jobs{world(), {.capacity = 8, .producers = {0}}};
  const auto produce = [&]() -> task<> {
    for (int i = 0; i != 10; ++i) co_await jobs.async_send({i});  // this task waits while all have enough
    jobs.close();
  };
  const auto consume = [&]() -> task<> {
    while (const auto one = co_await jobs.async_recv()) work_on(*one);  // nothing: closed, and all taken
  };
  cohort::event_loop loop;
  if (world().rank() == 0) {
    loop.run(cohort::when_all(produce, consume));
  } else {
    loop.run(consume);
  }
  // end
  EXPECT_EQ(world().allreduce(std::accumulate(done.begin(), done.end(), 0), std::plus{}), 45);
}

TEST(docs_channels, tasks_select_and_give_up) {
  std::vector<std::string> written;
  double sum = 0;
  int pauses = 0;
  cohort::channel<std::string> notes{world(), {.consumers = {0}}};
  cohort::channel<double> figures{world(), {.consumers = {0}}};
  // example: tasks_select
  const auto listen = [&]() -> task<> {
    cohort::selector any{notes, figures};
    for (;;) {
      try {
        const auto which = co_await cohort::with_timeout(50ms, any.async_wait());
        if (!which) break;  // both have ended
        if (*which == 0) {
          if (auto note = notes.try_recv()) written.push_back(*note);
        } else if (auto figure = figures.try_recv()) {
          sum += *figure;
        }
      } catch (const cohort::timeout_error&) {
        ++pauses;  // nothing is lost
      }
    }
  };
  // end
  notes.send("rank " + std::to_string(world().rank()) + " begins");
  figures.send(0.5);
  notes.close();
  figures.close();
  cohort::event_loop loop;
  if (world().rank() == 0) {
    loop.run(listen);
    EXPECT_EQ(written.size(), static_cast<std::size_t>(world().size()));
    EXPECT_EQ(sum, 0.5 * world().size());
  }
}

}  // namespace
