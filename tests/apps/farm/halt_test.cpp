#include "farm/halt.hpp"

#include "farm/errors.hpp"
#include "farm/report/exit_status.hpp"

#include <gtest/gtest.h>

namespace {

using namespace cohort_farm;
using verdict = halt_policy::verdict;
using when = halt_rule::when;
using event = halt_rule::event;

constexpr task_end good{0, 0};
constexpr task_end bad{3, 0};
constexpr task_end crashed{0, 11};

TEST(Halt, Forms) {
  EXPECT_EQ(parse_halt("never"), halt_rule{});
  EXPECT_EQ(parse_halt("0"), halt_rule{});
  EXPECT_EQ(parse_halt("soon,fail=1"), (halt_rule{when::soon, event::fail, 1, false}));
  EXPECT_EQ(parse_halt("1"), parse_halt("soon,fail=1"));
  EXPECT_EQ(parse_halt("2"), parse_halt("now,fail=1"));
  EXPECT_EQ(parse_halt("-1"), parse_halt("soon,success=1"));
  EXPECT_EQ(parse_halt("-2"), parse_halt("now,success=1"));
  EXPECT_EQ(parse_halt("7%"), parse_halt("soon,fail=7%"));
  EXPECT_EQ(parse_halt("now,done=12"), (halt_rule{when::now, event::done, 12, false}));
  EXPECT_EQ(parse_halt("now,success=10%"), (halt_rule{when::now, event::success, 10, true}));
  for (const auto* wrong :
       {"", "now", "soon,", "soon,fail", "soon,fail=", "soon,fail=x", "soon,fail=0", "now,fail=0%", "now,fail=101%",
        "later,fail=1", "now,crash=1", "now,fail=-1", "now,fail=1,2", "%", "3"}) {
    EXPECT_THROW((void)parse_halt(wrong), farm_error) << wrong;
  }
}

TEST(Halt, NeverMeansNever) {
  halt_policy policy{{}, 10};
  for (int i = 0; i != 10; ++i) EXPECT_EQ(policy.ended(bad), verdict::go_on);
  EXPECT_FALSE(policy.exit_status());
  EXPECT_EQ(policy.reason(), "");
}

TEST(Halt, AfterANumberOfFailures) {
  halt_policy policy{parse_halt("soon,fail=2"), 100};
  EXPECT_EQ(policy.ended(good), verdict::go_on);
  EXPECT_EQ(policy.ended(bad), verdict::go_on);
  EXPECT_EQ(policy.ended(good), verdict::go_on);
  EXPECT_EQ(policy.ended(crashed), verdict::soon);
  EXPECT_EQ(policy.ended(good), verdict::soon);
  EXPECT_EQ(policy.exit_status(), 2);
  EXPECT_EQ(policy.reason(), "2 tasks failed (--halt soon,fail=2)");
}

TEST(Halt, AfterTheFirstFailureWithItsStatus) {
  halt_policy exits{parse_halt("now,fail=1"), 100};
  EXPECT_EQ(exits.ended(bad), verdict::now);
  EXPECT_EQ(exits.exit_status(), 3);
  EXPECT_EQ(exits.reason(), "1 task failed (--halt now,fail=1)");
  halt_policy crashes{parse_halt("now,fail=1"), 100};
  EXPECT_EQ(crashes.ended(crashed), verdict::now);
  EXPECT_EQ(crashes.exit_status(), 139);
}

TEST(Halt, AfterAPercentage) {
  halt_policy policy{parse_halt("soon,fail=50%"), 5};
  EXPECT_EQ(policy.ended(bad), verdict::go_on);
  EXPECT_EQ(policy.ended(bad), verdict::go_on);
  EXPECT_EQ(policy.ended(bad), verdict::soon);
  EXPECT_EQ(policy.exit_status(), 60);
  EXPECT_EQ(policy.reason(), "50% of the tasks failed (--halt soon,fail=50%)");
}

TEST(Halt, AfterSuccesses) {
  halt_policy policy{parse_halt("now,success=2"), 5};
  EXPECT_EQ(policy.ended(good), verdict::go_on);
  EXPECT_EQ(policy.ended(bad), verdict::go_on);
  EXPECT_EQ(policy.ended(good), verdict::now);
  EXPECT_EQ(policy.exit_status(), 0);
}

TEST(Halt, AfterEnds) {
  halt_policy policy{parse_halt("now,done=2"), 5};
  EXPECT_EQ(policy.ended(good), verdict::go_on);
  EXPECT_EQ(policy.ended(bad), verdict::now);
  EXPECT_EQ(policy.exit_status(), 1);
}

TEST(Halt, AfterEndsNeverZeroIfTasksAreUndone) {
  halt_policy two{parse_halt("now,done=2"), 5};
  EXPECT_EQ(two.ended(good), verdict::go_on);
  EXPECT_EQ(two.ended(good), verdict::now);
  EXPECT_EQ(two.exit_status(3), 101);
  EXPECT_EQ(two.exit_status(0), 0);
  halt_policy half{parse_halt("soon,done=50%"), 2};
  EXPECT_EQ(half.ended(good), verdict::soon);
  EXPECT_EQ(half.exit_status(1), 101);
  halt_policy wanted{parse_halt("now,success=1"), 5};
  EXPECT_EQ(wanted.ended(good), verdict::now);
  EXPECT_EQ(wanted.exit_status(4), 0) << "that is what was asked for";
}

TEST(Halt, APercentageThatIsNotReachedIsTheStatusToo) {
  for (const auto* rule : {"soon,fail=50%", "now,fail=100%", "now,success=90%"}) {
    halt_policy policy{parse_halt(rule), 20};
    for (int i = 0; i != 20; ++i) EXPECT_EQ(policy.ended(i < 4 ? bad : good), verdict::go_on) << rule;
    EXPECT_EQ(policy.exit_status(), 20) << rule;
    EXPECT_FALSE(policy.exit_status(1)) << "ended for another reason";
  }
  halt_policy number{parse_halt("soon,fail=9"), 20};
  EXPECT_EQ(number.ended(bad), verdict::go_on);
  EXPECT_FALSE(number.exit_status());
}

TEST(ExitStatus, AsGnuParallel) {
  EXPECT_EQ(exit_status(0), 0);
  EXPECT_EQ(exit_status(1), 1);
  EXPECT_EQ(exit_status(100), 100);
  EXPECT_EQ(exit_status(101), 101);
  EXPECT_EQ(exit_status(256), 101);
  EXPECT_EQ(exit_status(1ULL << 40), 101);
}

}  // namespace
