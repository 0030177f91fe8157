// What throws inside divide_and_conquer.

#include <cohort/collective/allreduce.hpp>
#include <cohort/core/host_name.hpp>
#include <cohort/core/op.hpp>
#include <cohort/pattern/divide_and_conquer.hpp>

#include "support/cost.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

using namespace cohort::test;

/// A problem or result that may refuse to travel.
struct cargo {
  long value = 0;
  bool refuses = false;
  std::string text = {};  // or its bytes would travel, and nobody would be asked
  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    if (refuses) throw std::logic_error{"it does not travel"};
    archive& value;
  }
};

struct outcome {
  std::optional<long> result;
  std::optional<cohort::divide_failure> failure;
  bool nested = false;
};

/// A binary tree of `n` leaves of 200 us, with what `step` (of the functions' names) does before it is called.
template <class Hook>
outcome attempt(long n, const Hook& before, int root = 0) {
  outcome result;
  try {
    const auto value = cohort::divide_and_conquer(
        world(), cargo{n},
        [&](const cargo& k) {
          before("divisible");
          return k.value > 1;
        },
        [&](cargo k) {
          before("split");
          return std::array{cargo{k.value / 2}, cargo{k.value - k.value / 2}};
        },
        [&](cargo k) {
          before("solve");
          std::this_thread::sleep_for(200us);
          return k;
        },
        [&](const std::vector<cargo>& parts) {
          before("merge");
          return cargo{parts[0].value + parts[1].value};
        },
        {.root = root});
    if (value) result.result = value->value;
  } catch (const cohort::divide_error& e) {
    result.failure = {e.failure(), e.step(), e.depth()};
    EXPECT_NE(std::string{e.what()}.find(e.step() + " at depth " + std::to_string(e.depth())), std::string::npos);
    try {
      std::rethrow_if_nested(e);
    } catch (const std::out_of_range&) {
      result.nested = true;
    } catch (const std::logic_error&) {
      result.nested = true;
    }
  }
  return result;
}

bool same_everywhere(long value) {
  return world().allreduce(value, cohort::minimum{}) == world().allreduce(value, cohort::maximum{});
}

TEST(divide_failure, on_any_rank_is_thrown_on_all) {
  const long n = 16 * world().size();
  for (int culprit = 0; culprit != world().size(); ++culprit) {
    for (const std::string step : {"divisible", "split", "solve", "merge"}) {
      const int root = culprit / 2;
      bool threw = false;
      const auto end = attempt(
          n,
          [&](const char* what) {
            if (world().rank() != culprit || what != step) return;
            threw = true;
            throw std::out_of_range{"no " + step};
          },
          root);
      // Every rank solves something, but may have got a problem that cannot be split.
      const bool any = world().allreduce(threw ? 1 : 0, cohort::maximum{}) == 1;
      if (step == "solve" || step == "divisible") {
        EXPECT_TRUE(any) << step << ' ' << culprit;
      }
      EXPECT_EQ(end.failure.has_value(), any) << step << ' ' << culprit;
      EXPECT_EQ(end.result.has_value(), !any && world().rank() == root);
      if (!end.failure) continue;
      EXPECT_EQ(end.failure->step, step);
      EXPECT_EQ(end.failure->what.rank, culprit);
      EXPECT_EQ(end.failure->what.host, cohort::host_name());
      EXPECT_EQ(end.failure->what.routine, "divide_and_conquer");
      EXPECT_EQ(end.failure->what.type, "std::out_of_range");
      EXPECT_EQ(end.failure->what.message, "no " + step);
      EXPECT_EQ(end.nested, world().rank() == culprit);
      EXPECT_TRUE(same_everywhere(static_cast<long>(end.failure->depth)));
    }
  }
}

TEST(divide_failure, names_the_depth) {
  for (const int depth : {0, 1, 5}) {
    // The first problem of that depth is the root's.
    int calls_of_split = 0;
    const auto end = attempt(1024, [&](const char* what) {
      if (world().rank() == 0 && what == std::string{"split"} && calls_of_split++ == depth)
        throw std::out_of_range{"too deep"};
    });
    EXPECT_TRUE(end.failure);
    if (end.failure) {
      EXPECT_EQ(end.failure->depth, static_cast<std::uint64_t>(depth));
    }
  }
}

TEST(divide_failure, of_many_is_told_as_one) {
  for (int round = 0; round != 10; ++round) {
    int calls_here = 0;
    const auto end = attempt(16 * world().size(), [&](const char* what) {
      if (what == std::string{"solve"} && ++calls_here > round) throw std::out_of_range{"bad"};
    });
    EXPECT_TRUE(end.failure);
    if (end.failure) {
      EXPECT_TRUE(same_everywhere(end.failure->what.rank));
    }
  }
}

TEST(divide_failure, of_what_cannot_travel) {
  if (world().size() == 1) return;
  for (const bool problem : {true, false}) {
    std::optional<std::string> step;
    try {
      (void)cohort::divide_and_conquer(
          world(), cargo{64}, [](const cargo& k) { return k.value > 1; },
          [&](cargo k) {
            return std::array{cargo{k.value / 2, problem}, cargo{k.value - k.value / 2, problem}};
          },
          [&](const cargo& k) {
            std::this_thread::sleep_for(200us);
            return cargo{k.value, !problem};
          },
          [&](const std::vector<cargo>& parts) {
            return cargo{parts[0].value + parts[1].value, !problem};
          });
    } catch (const cohort::divide_error& e) {
      step = e.step();
      EXPECT_EQ(e.failure().message, "it does not travel");
    }
    EXPECT_EQ(step, "sending");
  }
}

TEST(divide_failure, leaves_nothing_behind) {
  for (int round = 0; round != 10; ++round) {
    const call_counter counter;
    const auto end = attempt(200, [&](const char* what) {
      if (world().rank() == round % world().size() && what == std::string{"merge"} && round % 3 != 0)
        throw std::out_of_range{"bad"};
    });
    long balance = counter.count("MPI_Issend") - counter.count("MPI_Recv") - counter.count("MPI_Mrecv") -
                   counter.count("MPI_Irecv");
    EXPECT_EQ(world().allreduce(balance, std::plus{}), 0);
    const auto next = attempt(50, [](const char*) {});
    EXPECT_FALSE(next.failure);
    if (world().rank() == 0) {
      EXPECT_EQ(next.result, 50);
    }
  }
}

TEST(divide_failure, of_options_is_told_on_every_rank) {
  const auto with = [](cohort::divide_options options) {
    return cohort::divide_and_conquer(
        world(), 1, [](int) { return false; }, [](int n) { return std::vector{n}; }, [](int n) { return n; },
        [](const std::vector<int>&) { return 0; }, options);
  };
  EXPECT_THROW((void)with({.root = world().size()}), cohort::argument_error);
  EXPECT_THROW((void)with({.root = -1}), cohort::argument_error);
  EXPECT_THROW((void)with({.cutoff = -1ns}), cohort::argument_error);
  EXPECT_THROW((void)with({.deepest = -1}), cohort::argument_error);
  EXPECT_EQ(with({}).value_or(1), 1);
}

}  // namespace
