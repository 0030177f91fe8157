#include <cohort/core/error.hpp>

#include "actions.hpp"

#include <gtest/gtest.h>

using namespace cohort::dispatch;
using namespace cohort::dispatch::testing;

TEST(State, FollowsATask) {
  scheduler s{{.how = schedule::self, .prefetch = 1}};
  s.add({.retries = 2, .not_before = time_point{10}, .backoff = duration{5}});
  EXPECT_EQ(s.state(0), task_state::delayed);
  s.tick(time_point{10});
  EXPECT_EQ(s.state(0), task_state::pending);
  s.worker_joined(0, 1);
  (void)actions_of(s);
  EXPECT_EQ(s.state(0), task_state::assigned);
  s.started(0, {0, 0}, time_point{11});
  EXPECT_EQ(s.state(0), task_state::started);
  s.failed(0, {0, 0}, brief, time_point{12});
  EXPECT_EQ(s.state(0), task_state::retrying);
  s.tick(time_point{17});
  EXPECT_EQ(s.state(0), task_state::retrying) << "queued for it";
  (void)actions_of(s);
  EXPECT_EQ(s.state(0), task_state::assigned);
  s.worker_lost(0);
  EXPECT_EQ(s.state(0), task_state::retrying);
  s.worker_joined(0, 1);
  (void)actions_of(s);
  s.succeeded(0, {0, 2}, brief, time_point{20});
  EXPECT_EQ(s.state(0), task_state::succeeded);
}

TEST(State, OfWhatWasGivenBackIsPendingAgain) {
  scheduler s;
  s.worker_joined(0, 1);
  s.add();
  (void)actions_of(s);
  s.drain(0);
  s.returned(0, {0, 0});
  EXPECT_EQ(s.state(0), task_state::pending);
}

TEST(State, OfEndsUntilTheyAreForgotten) {
  for (const bool ordered : {false, true}) {
    scheduler s{{.ordered = ordered, .max_losses = 1}};
    s.add();  // unfinished to the end: keeps its neighbours' records
    s.tick(time_point{10});
    s.add();
    s.cancel(1);
    s.add({.expires = time_point{5}});
    s.worker_joined(0, 10);
    s.add();
    s.add();
    s.add();
    (void)actions_of(s);
    s.succeeded(0, {3, 0}, brief, time_point{11});
    s.failed(0, {4, 0}, brief, time_point{11});
    s.interrupted(0, {0, 0}, brief);
    s.worker_lost(0);
    (void)actions_of(s);
    EXPECT_EQ(s.state(0), task_state::pending);
    EXPECT_EQ(s.state(1), task_state::revoked);
    EXPECT_EQ(s.state(2), task_state::expired);
    EXPECT_EQ(s.state(3), task_state::succeeded);
    EXPECT_EQ(s.state(4), task_state::failed);
    EXPECT_EQ(s.state(5), task_state::failed);
  }
}

TEST(State, IsForgottenWithoutAnUnfinishedNeighbour) {
  scheduler s;
  add(s, 1000);
  s.cancel(2);
  EXPECT_EQ(s.state(2), task_state::revoked);
  s.cancel_all();
  EXPECT_EQ(s.state(2), task_state::ended);
  EXPECT_EQ(s.state(999), task_state::revoked) << "there is room for more beside it";
}

TEST(State, OfATaskThatWasNeverAddedIsAnArgumentError) {
  scheduler s;
  EXPECT_THROW((void)s.state(0), cohort::argument_error);
}
