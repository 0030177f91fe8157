#include <cohort/collective/allreduce.hpp>
#include <cohort/pattern/indices.hpp>
#include <cohort/pattern/map_reduce.hpp>

#include "generated.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::map_reduce;
using cohort::map_reduce_all;
using cohort::map_reduce_options;

/// Runs on every rank; all must throw the same rank_error, and be together after it.
template <class Run>
void expect_failure(int rank, const std::string& type, const std::string& message, const std::string& during,
                    const Run& run) {
  try {
    run();
    ADD_FAILURE() << "nothing was thrown; expected " << message;
  } catch (const cohort::rank_error& e) {
    EXPECT_EQ(e.failure().rank, rank);
    EXPECT_EQ(e.failure().type, type);
    EXPECT_EQ(e.failure().message, message);
    EXPECT_EQ(e.failure().during, during);
    EXPECT_FALSE(e.failure().host.empty());
    EXPECT_EQ(e.what(), e.failure().describe());
  }
  EXPECT_EQ(world().allreduce(1, std::plus{}), world().size());
}

/// With each rank as the one that fails, and with much and little memory: alone at the end, or in the middle of
/// rounds that the others wait in.
template <class Test>
void for_each_failing_rank(const Test& test) {
  for (int failing = 0; failing != world().size(); ++failing) {
    for (const std::size_t memory : {0U, 1000U, 100'000'000U}) test(failing, memory);
  }
}
bool i_am(int rank) {
  return world().rank() == rank;
}

TEST(map_reduce_failure, of_the_map_is_thrown_on_every_rank) {
  for_each_failing_rank([](int failing, std::size_t memory) {
    expect_failure(failing, "std::out_of_range", "number 17", "map of input 17", [&] {
      (void)map_reduce<int, int>(world(), cohort::indices(100),
                                 [&](int i, auto& emit) {
                                   if (i == 17 && i_am(failing)) throw std::out_of_range("number 17");
                                   for (int k = 0; k != 20; ++k) emit(100 * k + i, 1);
                                 },
                                 std::plus{}, {.memory = memory});
    });
  });
}

TEST(map_reduce_failure, of_the_range_is_thrown_on_every_rank) {
  for_each_failing_rank([](int failing, std::size_t memory) {
    expect_failure(failing, "std::runtime_error", "unreadable", "map of input 5", [&] {
      const generated inputs{10, [&](int i) {
                               if (i == 5 && i_am(failing)) throw std::runtime_error("unreadable");
                               return i;
                             }};
      (void)map_reduce<std::string, int>(world(), inputs, [](int i, auto& emit) { emit(std::to_string(i), 1); },
                                         std::plus{}, {.memory = memory});
    });
  });
}

TEST(map_reduce_failure, of_the_lowest_rank_is_told_if_all_fail) {
  expect_failure(0, "int", "(not derived from std::exception)", "map of input 0", [] {
    (void)map_reduce<int, int>(
        world(), std::vector{1}, [](int, auto&) { throw world().rank(); }, std::plus{});
  });
}

TEST(map_reduce_failure, of_the_reduction_where_values_are_emitted) {
  for_each_failing_rank([](int failing, std::size_t memory) {
    for (const int distance : {0, 1}) {            // of the owner: the rank itself, the next
      if (distance == 1 && memory == 0) continue;  // then values meet at their owner only
      expect_failure(failing, "std::domain_error", "two of them", "reduction of a pair from input 1", [&] {
        (void)map_reduce<int, int>(
            world(), cohort::indices(5), [](int, auto& emit) { emit(world().rank(), 1); },
            [&](int a, int b) {
              if (i_am(failing)) throw std::domain_error("two of them");
              return a + b;
            },
            {.memory = memory, .partition = [&](int key, int ranks) { return (key + distance) % ranks; }});
      });
    }
  });
}

TEST(map_reduce_failure, of_the_reduction_at_the_owner) {
  if (world().size() == 1) return;  // has no values from others
  for_each_failing_rank([](int failing, std::size_t memory) {
    expect_failure(failing, "std::domain_error", "met", "reduction of what came", [&] {
      (void)map_reduce<int, std::string>(
          world(), std::vector{1}, [](int, auto& emit) { emit(1, "value"); },
          [](std::string, const std::string&) -> std::string { throw std::domain_error("met"); },
          {.memory = memory, .partition = [&](int, int) { return failing; }});
    });
  });
}

struct fussy_hash {
  std::uint64_t operator()(int key) const {
    if (key == world().size()) throw std::logic_error("no hash");
    return static_cast<std::uint64_t>(key);
  }
};

TEST(map_reduce_failure, of_hash_and_partition) {
  for_each_failing_rank([](int failing, std::size_t memory) {
    const auto last = [&](int, auto& emit) { emit(i_am(failing) ? world().size() : 0, 1); };
    expect_failure(failing, "std::logic_error", "no hash", "reduction of a pair from input 0", [&] {
      (void)map_reduce<int, int>(world(), std::vector{1}, last, std::plus{},
                                 map_reduce_options<int, fussy_hash>{.memory = memory});
    });
    expect_failure(failing, "cohort::argument_error",
                   "the partition gives the rank " + std::to_string(world().size()) + " (there are " +
                       std::to_string(world().size()) + "); give 0 or more and less than that",
                   "reduction of a pair from input 0", [&] {
                     (void)map_reduce<int, int>(world(), std::vector{1}, last, std::plus{},
                                                {.memory = memory, .partition = [](int key, int) { return key; }});
                   });
  });
}

TEST(map_reduce_failure, of_reduce_all) {
  for_each_failing_rank([](int failing, std::size_t memory) {
    expect_failure(failing, "std::overflow_error", "too many", "reduction of its keys", [&] {
      (void)map_reduce_all<int, int>(
          world(), std::vector{1}, [&](int, auto& emit) { emit(failing, 1); },
          [](int, std::span<int>) -> int { throw std::overflow_error("too many"); },
          {.memory = memory, .partition = [](int key, int) { return key; }});
    });
  });
}

struct unordered {
  int value = 0;
  friend bool operator==(const unordered&, const unordered&) = default;
};
struct hash_unordered {
  std::uint64_t operator()(const unordered& x) const { return static_cast<std::uint64_t>(x.value); }
};
struct fussy_order : unordered {
  friend bool operator<(const fussy_order&, const fussy_order&) { throw std::logic_error("no order"); }
};

TEST(map_reduce_failure, of_the_order_of_keys) {
  expect_failure(0, "cohort::argument_error",
                 "keys without operator< cannot be sorted; define it, or leave out .sorted", "sorting of its keys",
                 [] {
                   (void)map_reduce<unordered, int>(
                       world(), std::vector{1}, [](int, auto& emit) { emit(unordered{1}, 1); }, std::plus{},
                       map_reduce_options<unordered, hash_unordered>{.sorted = true});
                 });
  for_each_failing_rank([](int failing, std::size_t memory) {
    expect_failure(failing, "std::logic_error", "no order", "sorting of its keys", [&] {
      (void)map_reduce<fussy_order, int>(
          world(), cohort::indices(2), [](int i, auto& emit) { emit(fussy_order{{i}}, 1); }, std::plus{},
          map_reduce_options<fussy_order, hash_unordered>{
              .memory = memory, .sorted = true, .partition = [&](const auto&, int) { return failing; }});
    });
  });
}

/// Cannot be written, or read, on one rank.
struct stubborn {
  static inline int saves_not_on = -1;
  static inline int loads_not_on = -1;
  int value = 0;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    if (i_am(Archive::is_saving::value ? saves_not_on : loads_not_on)) throw std::runtime_error("stubborn");
    archive& value;
  }

 private:
  [[maybe_unused]] std::string not_plain_;
};

TEST(map_reduce_failure, of_the_serialisation) {
  if (world().size() == 1) return;  // sends nothing
  const auto run = [](std::size_t memory, int owner) {
    (void)map_reduce<int, stubborn>(
        world(), std::vector{1}, [](int, auto& emit) { emit(world().rank(), stubborn{}); },
        [](const stubborn& a, const stubborn&) { return a; },
        {.memory = memory, .partition = [&](int, int) { return owner; }});
  };
  for_each_failing_rank([&](int failing, std::size_t memory) {
    stubborn::loads_not_on = failing;
    expect_failure(failing, "std::runtime_error", "stubborn", "reduction of what came",
                   [&] { run(memory, failing); });
    stubborn::loads_not_on = -1;
    stubborn::saves_not_on = failing;
    expect_failure(failing, "std::runtime_error", "stubborn", "reduction of a pair from input 0",
                   [&] { run(memory, (failing + 1) % world().size()); });
    stubborn::saves_not_on = -1;
  });
}

TEST(map_reduce_failure, cannot_be_swallowed_by_the_map) {
  for_each_failing_rank([](int failing, std::size_t memory) {
    int calls = 0;
    expect_failure(failing, "std::out_of_range", "here", "map of input 3", [&] {
      (void)map_reduce<int, int>(world(), cohort::indices(1000),
                                 [&](int i, auto& emit) {
                                   ++calls;
                                   if (i == 3 && i_am(failing)) throw std::out_of_range("here");
                                   for (int trial = 0; trial != 3; ++trial) {  // emits again after it
                                     try {
                                       for (int k = 0; k != 20; ++k) emit(20 * i + k, 1);
                                     } catch (...) {
                                     }
                                   }
                                 },
                                 std::plus{}, {.memory = memory});
    });
    if (i_am(failing)) {
      EXPECT_EQ(calls, 4);
    }
    if (memory == 0 && world().size() > 1) {
      EXPECT_LT(calls, 1000) << "goes on although it cannot end well";
    }
  });
}

TEST(map_reduce_failure, of_the_reduction_cannot_be_swallowed_by_the_map) {
  expect_failure(0, "std::domain_error", "reduced", "reduction of a pair from input 0", [] {
    (void)map_reduce<int, int>(
        world(), cohort::indices(10),
        [](int, auto& emit) {
          try {
            emit(1, 1);
            emit(1, 1);
          } catch (const std::domain_error&) {
          }
        },
        [](int, int) -> int { throw std::domain_error("reduced"); });
  });
}

TEST(map_reduce_failure, leaves_the_communicator_in_order) {
  try {
    (void)map_reduce<int, int>(
        world(), std::vector{1}, [](int, auto&) { throw std::runtime_error("once"); }, std::plus{});
    ADD_FAILURE() << "nothing was thrown";
  } catch (const cohort::rank_error&) {
  }
  const auto part = map_reduce<int, int>(
      world(), cohort::indices(10), [](int i, auto& emit) { emit(i, 1); }, std::plus{});
  EXPECT_EQ(world().allreduce(part.size(), std::plus{}), 10U);
}

}  // namespace
