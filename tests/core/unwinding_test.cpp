// An exception must pass requests in flight without waiting for ranks that may never answer.

#include <cohort/core/detail/uncaught.hpp>
#include <cohort/p2p.hpp>

#include "support/random.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <exception>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using cohort::test::random_vector;
using cohort::test::world;

constexpr std::size_t large = 1 << 20;  // far beyond the eager limit: not sent until it is received
struct on_purpose : std::runtime_error {
  on_purpose() : std::runtime_error{"on purpose"} {}
};

TEST(unwinding, passes_a_pending_receive) {
  const auto fail = [] {
    const auto value = world().irecv<int>({.source = world().rank(), .tag = 1});
    const auto many = world().irecv<std::vector<int>>(large, {.source = world().rank(), .tag = 1});
    int place = 0;
    const auto into = world().irecv_into(place, {.source = world().rank(), .tag = 1});
    throw on_purpose{};
  };
  EXPECT_THROW(fail(), on_purpose);
  // The receives are gone: none of them takes this message.
  const auto leaving = world().isend(5, {.dest = world().rank(), .tag = 1});
  EXPECT_EQ(world().recv<int>({.tag = 1}), 5);
}

TEST(unwinding, passes_a_large_send_whose_memory_stays) {
  const auto data = random_vector<double>(large, 3);
  const std::map<int, std::vector<double>> table{{1, data}};
  const auto fail = [&] {
    const int here = world().rank();
    const auto owned = world().isend(std::vector(data), {.dest = here, .tag = 1});
    const auto text = world().isend(std::string(large, 'x'), {.dest = here, .tag = 2});
    const auto packed = world().isend(table, {.dest = here, .tag = 3});
    throw on_purpose{};
  };
  EXPECT_THROW(fail(), on_purpose);
  // They were let go, and what they sent is leaked on purpose: received now, it must be whole.
  EXPECT_EQ(world().recv<std::vector<double>>({.tag = 1}), data);
  EXPECT_EQ(world().recv<std::string>({.tag = 2}), std::string(large, 'x'));
  EXPECT_EQ((world().recv<std::map<int, std::vector<double>>>({.tag = 3})), table);
}

TEST(unwinding, a_request_made_and_ended_in_a_destructor_still_completes) {
  struct sends_in_the_end {
    ~sends_in_the_end() {
      auto coming = world().irecv<int>({.source = world().rank(), .tag = 4});
      world().isend(6, {.dest = world().rank(), .tag = 4}).wait();
      got = coming.get();
    }
    int& got;
  };
  int got = 0;
  const auto fail = [&] {
    const sends_in_the_end object{got};
    throw on_purpose{};
  };
  EXPECT_THROW(fail(), on_purpose);
  EXPECT_EQ(got, 6);
}

TEST(unwinding, counts_exceptions_as_the_standard_library_does) {
  struct looks_in_the_end {
    ~looks_in_the_end() {
      counts.emplace_back(cohort::detail::uncaught_exceptions(), std::uncaught_exceptions());
      if (depth == 0) return;
      try {
        const looks_in_the_end deeper{counts, depth - 1};
        throw on_purpose{};
      } catch (const on_purpose&) {
      }
      counts.emplace_back(cohort::detail::uncaught_exceptions(), std::uncaught_exceptions());
    }
    std::vector<std::pair<int, int>>& counts;
    int depth;
  };
  const auto look = [] {
    std::vector<std::pair<int, int>> counts;
    { const looks_in_the_end object{counts, 3}; }
    int deepest = 0;
    for (const auto& [ours, standard] : counts) {
      EXPECT_EQ(ours, standard);
      deepest = std::max(deepest, ours);
    }
    EXPECT_EQ(deepest, 3);
  };
  look();
  std::thread{look}.join();  // each thread counts for itself
}

}  // namespace
