// Memory of a node that each rank gives back when it likes.

#include <cohort/memory/detail/node_memory.hpp>

#include "cases.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <unistd.h>
#include <utility>

namespace {

using namespace cohort::test;
using cohort::detail::node_memory;

TEST(node_memory, is_zeroed_and_one_for_all_ranks) {
  for (const std::size_t bytes : {8U, 4096U, 100000U}) {
    const node_memory made{world(), bytes};
    EXPECT_EQ(made.size(), bytes);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(made.data()) % 4096, 0U);
    EXPECT_TRUE(std::all_of(made.data(), made.data() + bytes, [](std::byte b) { return b == std::byte{0}; }));
    barrier();
    const std::atomic_ref sum{*reinterpret_cast<std::uint64_t*>(made.data())};
    sum += me() + 1;
    barrier();
    EXPECT_EQ(sum, ranks() * (ranks() + 1) / 2);
  }
}

TEST(node_memory, ends_on_each_rank_when_it_likes) {
  node_memory first{world(), 64};
  node_memory second{world(), 64};
  *second.data() = std::byte{5};
  auto moved = std::move(second);
  EXPECT_EQ(second.data(), nullptr);
  if (world().rank() == 0) {
    first = {};
  } else {
    moved = {};
  }
  first = std::move(moved);
  EXPECT_EQ(first.data() == nullptr, world().rank() != 0);
  barrier();
}

TEST(node_memory, leaves_no_name) {
  const node_memory made{world(), 64};
  barrier();
  const auto mine = "cohort-" + std::to_string(::getpid()) + "-";
  for (const auto& entry : std::filesystem::directory_iterator{"/dev/shm"}) {
    EXPECT_FALSE(entry.path().filename().string().starts_with(mine)) << entry.path();
  }
}

TEST(node_memory, that_there_is_not_is_told_on_every_rank) {
  refused<cohort::error>("no shared memory of 1152921504606846976 bytes", [] {
    const node_memory made{world(), std::size_t{1} << 60};
  });
}

}  // namespace
