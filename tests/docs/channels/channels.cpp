// The examples of docs/channels.md for channels, selectors and pipes.
#include <cohort/async/channel.hpp>
#include <cohort/async/pipe.hpp>
#include <cohort/async/select.hpp>
#include <cohort/cohort.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <numeric>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using cohort::test::world;

struct job {
  int number = 0;
};

TEST(docs_channels, one_produces_all_consume) {
  std::vector<int> done;
  const auto work_on = [&](const job& one) { done.push_back(one.number); };
  // example: queue
  cohort::channel<job> jobs{world(), {.producers = {0}}};
  if (world().rank() == 0) {
    for (int i = 0; i != 10; ++i) {
      while (!jobs.try_send({i})) {  // all have enough: do one of those that wait here
        if (auto one = jobs.try_recv()) work_on(*one);
      }
    }
    jobs.close();
  }
  for (const job& one : jobs) work_on(one);  // until rank 0 has closed and all are taken
  // end
  EXPECT_EQ(world().allreduce(std::accumulate(done.begin(), done.end(), 0), std::plus{}), 45);
}

TEST(docs_channels, rank_0_hands_out_and_does_not_work) {
  std::vector<int> done;
  const auto work_on = [&](const job& one) { done.push_back(one.number); };
  // example: master
  std::vector<int> workers(static_cast<std::size_t>(world().size() - 1));
  std::iota(workers.begin(), workers.end(), 1);
  if (workers.empty()) workers = {0};  // alone
  cohort::channel<job> jobs{world(), {.producers = {0}, .consumers = workers}};
  if (world().rank() == 0) {
    for (int i = 0; i != 100; ++i) jobs.send({i});  // blocks while all workers have enough
    jobs.close();
  }
  if (world().rank() == workers.front() || world().rank() != 0) {
    for (const job& one : jobs) work_on(one);
  }
  // end
  EXPECT_EQ(world().allreduce(static_cast<int>(done.size()), std::plus{}), 100);
  EXPECT_EQ(jobs.counts().discarded, 0U);
}

TEST(docs_channels, a_logger_selects) {
  std::vector<std::string> written;
  // example: select
  cohort::channel<std::string> notes{world(), {.consumers = {0}}};
  cohort::channel<double> figures{world(), {.consumers = {0}}};
  notes.send("rank " + std::to_string(world().rank()) + " begins");
  figures.send(0.5);
  notes.close();
  figures.close();
  if (world().rank() == 0) {
    double sum = 0;
    cohort::selector any{notes, figures};
    while (auto which = any.wait()) {  // nothing when both have ended
      if (*which == 0) {
        if (auto note = notes.recv()) written.push_back(*note);
      } else if (auto figure = figures.recv()) {
        sum += *figure;
      }
    }
    EXPECT_EQ(sum, 0.5 * world().size());
  }
  // end
  EXPECT_EQ(written.size(), world().rank() == 0 ? static_cast<std::size_t>(world().size()) : 0U);
}

TEST(docs_channels, times_out) {
  // example: timeout
  cohort::channel<int> answers{world(), {.producers = {0}, .consumers = {0}}};
  if (world().rank() == 0) {
    auto answer = answers.recv_for(5ms);
    EXPECT_TRUE(!answer && !answers.ended());  // nothing yet; ended() tells a pause from the end
  }
  // end
}

TEST(docs_channels, talks) {
  if (world().size() < 2) return;
  // example: pipe
  const int last = world().size() - 1;
  cohort::pipe<std::string> line{world(), {0, last}};
  if (world().rank() == 0) {
    line.send("marco");
    EXPECT_EQ(line.recv(), "polo");
  } else if (world().rank() == last) {
    if (line.recv() == "marco") line.send("polo");
  }
  // end
}

}  // namespace
