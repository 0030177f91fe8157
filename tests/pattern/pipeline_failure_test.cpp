#include <cohort/collective/allreduce.hpp>
#include <cohort/pattern/indices.hpp>
#include <cohort/pattern/pipeline.hpp>

#include "generated.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::emitter;
using cohort::pipeline;
using cohort::run_on;
using cohort::sink;
using cohort::stage;

struct expected_failure {
  std::string stage;
  std::string type = "std::out_of_range";
  std::string message = "here";
  std::optional<std::uint64_t> item = 17;
};

/// Whether the exception's nested one is a Type.
template <class Type>
bool holds(const std::exception& e) {
  try {
    std::rethrow_if_nested(e);
  } catch (const Type&) {
    return true;
  } catch (...) {
  }
  return false;
}

/// Runs on every rank; all must throw the same, and be together after it.
template <class Type = std::out_of_range, class Run>
void expect_failure(const expected_failure& expected, const Run& run) {
  std::string told;
  int nested = 0;
  try {
    run();
    ADD_FAILURE() << "nothing was thrown; expected a failure of " << expected.stage;
  } catch (const cohort::pipeline_error& e) {
    EXPECT_EQ(e.stage(), expected.stage);
    EXPECT_EQ(e.failure().type, expected.type);
    EXPECT_EQ(e.failure().message, expected.message);
    if (expected.item) {
      EXPECT_EQ(e.item(), *expected.item);
      EXPECT_NE(std::string{e.what()}.find("item " + std::to_string(*expected.item)), std::string::npos);
    }
    EXPECT_FALSE(e.failure().host.empty());
    const auto named = expected.stage.starts_with("stage ") ? expected.stage : "stage " + expected.stage;
    EXPECT_NE(std::string{e.what()}.find("the " + named), std::string::npos) << e.what();
    nested = holds<Type>(e) ? 1 : 0;
    EXPECT_EQ(nested == 1, e.failure().rank == world().rank()) << "the type itself is known where it was thrown";
  }
  EXPECT_EQ(world().allreduce(nested, std::plus{}), 1);
}

[[noreturn]] void fail() {
  throw std::out_of_range("here");
}
int fails_at_17(int i) {
  if (i == 17) fail();
  return i;
}
int passes(int i) {
  return i;
}

/// With the failing function in each place, and room for much or little.
template <class Run>
void with_windows(const Run& run) {
  for (const std::size_t items : {1U, 1000U}) run(cohort::pipeline_options{.window_items = items});
}

TEST(pipeline_failure, of_any_stage_is_thrown_on_every_rank) {
  with_windows([](cohort::pipeline_options options) {
    for (int failing = 1; failing != 5; ++failing) {
      const auto at = [failing](int number) { return number == failing ? fails_at_17 : passes; };
      for (const bool ordered : {false, true}) {
        expect_failure({.stage = failing == 4 ? "sink" : "stage " + std::to_string(failing)}, [&] {
          (void)(pipeline(cohort::indices(1000)) | stage([f = at(1)](auto i) { return f(static_cast<int>(i)); }) |
                 stage(at(2), {.replicas = 3}) | stage(at(3), {.ordered = ordered}) |
                 sink(at(4), {.ordered = ordered}) | run_on(world(), options));
        });
      }
    }
  });
}

TEST(pipeline_failure, of_the_last_item_is_not_lost) {
  expect_failure({.stage = "sink"}, [] {
    (void)(pipeline(cohort::indices(18)) | stage([](auto i) { return static_cast<int>(i); }, {.replicas = 2}) |
           sink(fails_at_17) | run_on(world()));
  });
}

TEST(pipeline_failure, of_each_kind_of_source) {
  with_windows([](cohort::pipeline_options options) {
    expect_failure({.stage = "source"}, [&] {
      (void)(pipeline(generated{30, fails_at_17}) | stage(passes) | sink(passes) | run_on(world(), options));
    });
    expect_failure({.stage = "numbers"}, [&] {
      (void)(pipeline([i = 0]() mutable { return std::optional{fails_at_17(i++)}; }, "numbers") | stage(passes) |
             sink(passes) | run_on(world(), options));
    });
    expect_failure({.stage = "source"}, [&] {
      (void)(pipeline([](emitter<int>& emit) {
               for (int i = 0;; ++i) emit(fails_at_17(i));
             }) |
             stage(passes) | sink(passes) | run_on(world(), options));
    });
  });
}

TEST(pipeline_failure, of_a_stage_that_emits) {
  with_windows([](cohort::pipeline_options options) {
    expect_failure({.stage = "stage 1"}, [&] {
      (void)(pipeline(generated{100, passes}) |
             stage(
                 [](int i, emitter<int>& emit) {
                   for (int k = 0; k != 10; ++k) emit(k);
                   if (i == 17) fail();
                 },
                 {.replicas = 2}) |
             stage(passes) | sink(passes, {.ordered = true}) | run_on(world(), options));
    });
  });
}

TEST(pipeline_failure, of_a_key_and_of_a_factory) {
  if (world().size() > 2) {  // with fewer there is no choice to make
    expect_failure({.stage = "keyed"}, [] {
      (void)(pipeline(generated{100, passes}) | cohort::keyed_stage(fails_at_17, passes, {.name = "keyed"}) |
             sink(passes) | run_on(world()));
    });
  }
  expect_failure({.stage = "made", .item = std::nullopt}, [] {
    (void)(pipeline(generated{100, passes}) |
           cohort::stage_of(
               [] {
                 fail();
                 return passes;
               },
               {.name = "made"}) |
           sink(passes) | run_on(world()));
  });
}

/// Cannot be written, or cannot be read.
template <bool Saves>
struct stubborn {
  int value = 0;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    if (Archive::is_saving::value == Saves && value == 17) fail();
    archive& value;
    if (Archive::is_saving::value == Saves && value == 17) fail();
  }

 private:
  [[maybe_unused]] std::string not_plain_;
};
template <bool Saves>
stubborn<Saves> wrapped(int i) {
  stubborn<Saves> result;
  result.value = i;
  return result;
}

TEST(pipeline_failure, of_the_serialisation) {
  if (world().size() < 3) return;  // sends nothing there
  expect_failure({.stage = "stage 1"}, [] {
    (void)(pipeline(generated{100, passes}) | stage(wrapped<true>) | sink([](const auto&) {}) | run_on(world()));
  });
  expect_failure({.stage = "sink"}, [] {
    (void)(pipeline(generated{100, passes}) | stage(wrapped<false>) | sink([](const auto&) {}) | run_on(world()));
  });
}

TEST(pipeline_failure, of_what_is_no_std_exception) {
  expect_failure<int>({.stage = "sink", .type = "int", .message = "(not derived from std::exception)", .item = 0},
                      [] {
                        (void)(pipeline(generated{100, passes}) | sink([](int i) { throw i; }) | run_on(world()));
                      });
}

TEST(pipeline_failure, of_the_lowest_rank_is_told_if_several_fail) {
  expect_failure({.stage = "stage 1", .item = std::nullopt}, [] {
    (void)(pipeline(generated{1000, passes}) | stage([](int i) -> int { return i < 0 ? i : (fail(), i); }) |
           sink(passes) | run_on(world()));
  });
}

TEST(pipeline_failure, cannot_be_swallowed_by_those_that_emit) {
  with_windows([](cohort::pipeline_options options) {
    expect_failure({.stage = "sink"}, [&] {
      (void)(pipeline([](emitter<int>& emit) {
               for (int i = 0; i != 3000; ++i) {
                 try {
                   emit(i);
                 } catch (...) {
                 }
               }
             }) |
             sink(fails_at_17) | run_on(world(), options));
    });
  });
}

TEST(pipeline_failure, leaves_the_communicator_in_order) {
  for (int trial = 0; trial != 20; ++trial) {
    expect_failure({.stage = "stage 2"}, [] {
      (void)(pipeline(generated{100, passes}) | stage([](int i, emitter<int>& emit) { emit(i), emit(i); }) |
             stage(fails_at_17) | sink(passes, {.ordered = true}) | run_on(world()));
    });
    std::vector<int> out;
    const auto report = pipeline(generated{100, passes}) | stage(passes) | sink(out) | run_on(world());
    EXPECT_EQ(world().allreduce(out.size(), std::plus{}), 100U);
  }
}

}  // namespace
