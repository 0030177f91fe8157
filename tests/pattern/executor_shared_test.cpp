// Data that are there once per node.

#include <cohort/collective/allreduce.hpp>
#include <cohort/pattern/executor.hpp>

#include "shared_mappings.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <dirent.h>
#include <fstream>
#include <numeric>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;
using cohort::test::mapped;

namespace {

struct cell {
  int id;
  float weight;
};

double sum_of(cohort::shared_data<double> table) {
  return std::accumulate(table.begin(), table.end(), 0.0);
}

std::vector<double> numbers(std::size_t n) {
  std::vector<double> all(n);
  std::iota(all.begin(), all.end(), 1.0);
  return all;
}

/// Kilobytes of /proc/self/status.
long memory_of(const std::string& kind) {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(kind + ":", 0) == 0) return std::stol(line.substr(kind.size() + 1));
  }
  return -1;
}

/// This process' share of what it has in common with others of the given mapping, in kilobytes.
long share_of(const void* address) {
  std::ifstream maps{"/proc/self/smaps"};
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    char dash = 0;
    std::istringstream head{line};
    if (head >> std::hex >> begin >> dash >> end && dash == '-') inside = begin <= wanted && wanted < end;
    if (inside && line.rfind("Pss:", 0) == 0) return std::stol(line.substr(4));
  }
  return -1;
}

/// Names in /dev/shm that this process made.
int left_over() {
  const auto mine = "cohort-data-" + std::to_string(::getpid()) + "-";
  int count = 0;
  if (auto* const all = ::opendir("/dev/shm")) {
    while (const auto* each = ::readdir(all)) count += std::string{each->d_name}.rfind(mine, 0) == 0 ? 1 : 0;
    ::closedir(all);
  }
  return count;
}

class executor_shared : public testing::Test {
 protected:
  void TearDown() override {
    EXPECT_EQ(left_over(), 0);
    EXPECT_EQ(mapped(), 0);
  }
  cohort::communicator world{MPI_COMM_WORLD};
};

/// A task on every rank: each waits for the others for a while.
template <class F>
void on_many_ranks(cohort::executor& pool, F f) {
  std::vector<cohort::future<void>> all;
  for (std::size_t i = 0; i != 4 * pool.slots(); ++i) {
    all.push_back(pool.submit([f](cohort::task_context& here) {
      f(here);
      std::this_thread::sleep_for(2ms);
    }));
  }
  for (auto& each : all) each.get();
}

TEST_F(executor_shared, is_read_in_closures_arguments_and_tasks_of_tasks) {
  for (const int node_size : {0, 1, 2}) {
    for (const std::uint32_t threads : {1U, 2U}) {
      const auto body = [](cohort::executor& pool) {
        const auto table = pool.share(numbers(1000));
        EXPECT_EQ(table.size(), 1000U);
        EXPECT_EQ(table[999], 1000.0);  // here too
        EXPECT_EQ(pool.submit(sum_of, table).get(), 500500.0);
        const auto look = [table](int i) { return table[static_cast<std::size_t>(i)]; };
        std::vector<int> indices(1000);
        std::iota(indices.begin(), indices.end(), 0);
        EXPECT_EQ(pool.map(look, indices), numbers(1000));
        const auto outer = [](cohort::task_context& here, cohort::shared_data<double> data) {
          auto first = here.submit(sum_of, data);
          const auto second = here.submit([data] { return data.span().back(); });
          return first.get() + second.get();
        };
        std::vector<cohort::future<double>> all;
        for (std::size_t i = 0; i != 20; ++i) all.push_back(pool.submit(outer, table));
        for (const auto& each : all) EXPECT_EQ(each.get(), 501500.0);
      };
      EXPECT_EQ(cohort::run_executor(world, body, {.threads = threads, .node_size = node_size}), 0);
      EXPECT_EQ(mapped(), 0);
    }
  }
}

TEST_F(executor_shared, has_elements_of_plain_types_and_any_length) {
  const auto body = [](cohort::executor& pool) {
    const auto none = pool.share(std::vector<int>{});
    const auto one = pool.share(std::array{cell{7, 0.5F}});
    const auto text = pool.share(std::string{"a string is characters"});
    const auto filled = pool.share<short>(300'000, [](std::span<short> all) {
      EXPECT_EQ(all[17], 0);
      for (std::size_t i = 0; i != all.size(); ++i) all[i] = static_cast<short>(i % 1000);
    });
    on_many_ranks(pool, [=](cohort::task_context&) {
      if (!none.empty() || none.begin() != none.end()) throw std::logic_error{"none"};
      if (one.size() != 1 || one[0].id != 7 || one[0].weight != 0.5F) throw std::logic_error{"one"};
      if (std::string{text.begin(), text.end()} != "a string is characters") throw std::logic_error{"text"};
      for (std::size_t i = 0; i != filled.size(); ++i) {
        if (filled[i] != static_cast<short>(i % 1000)) throw std::logic_error{"filled"};
      }
    });
  };
  for (const int node_size : {0, 1, 2}) EXPECT_EQ(cohort::run_executor(world, body, {.node_size = node_size}), 0);
}

constexpr std::size_t n = 6'250'000;  // doubles: 50 MB

/// What the ranks of a node look at is the same memory: it weighs its bytes once there.
TEST_F(executor_shared, weighs_once_per_node) {
  constexpr long kilobytes = static_cast<long>(n * sizeof(double) / 1024);
  for (const int node_size : {0, 2}) {
    struct results {
      std::atomic<long> private_growth{0};
      std::atomic<long> part{0};
      std::atomic<bool> has_looked{false};
    };
    // Each rank's own, as a task finds it.
    const auto make = [] { return results{}; };
    long part = 0;
    const auto body = [&](cohort::executor& pool) {
      const auto table =
          pool.share<double>(n, [](std::span<double> all) { std::iota(all.begin(), all.end(), 1.0); });
      on_many_ranks(pool, [table](cohort::task_context& here) {
        auto& mine = here.state<results>();
        if (mine.has_looked.exchange(true)) return;
        const auto before = memory_of("RssAnon");
        const auto all = table.span();
        double sum = 0;
        for (const double each : all) sum += each;
        if (sum != 0.5 * static_cast<double>(n) * static_cast<double>(n + 1)) throw std::logic_error{"sum"};
        mine.private_growth = memory_of("RssAnon") - before;
      });
      // All at once: a share is what others do not have too.
      std::vector<cohort::future<std::array<long, 3>>> all;
      for (std::size_t i = 0; i != 4 * pool.slots(); ++i) {
        all.push_back(pool.submit([table](cohort::task_context& here) {
          std::this_thread::sleep_for(2ms);
          auto& mine = here.state<results>();
          return std::array<long, 3>{here.rank(), mine.has_looked ? share_of(table.data()) : 0,
                                     mine.private_growth};
        }));
      }
      std::set<long> seen;
      for (auto& each : all) {
        const auto [rank, kb, growth] = each.get();
        if (!seen.insert(rank).second) continue;
        part += kb;
        // A sanitizer keeps what was freed: the pieces, and so all of it.
        EXPECT_TRUE(COHORT_TEST_SANITIZED != 0 || growth < kilobytes / 2) << "rank " << rank << ": " << growth;
      }
    };
    EXPECT_EQ(cohort::run_executor(world, body, {.state = cohort::rank_state{make}, .node_size = node_size}), 0);
    const int nodes = node_size == 0 ? 1 : (world.size() + node_size - 1) / node_size;
    EXPECT_TRUE(world.rank() != 0 || part > 0);
    EXPECT_LE(part, nodes * kilobytes + kilobytes / 4) << "nodes of " << node_size;
  }
}

TEST_F(executor_shared, that_was_given_up_is_an_error) {
  for (const int node_size : {0, 1}) {
    const auto body = [](cohort::executor& pool) {
      const auto table = pool.share(numbers(100));
      const auto other = pool.share(numbers(200));
      on_many_ranks(pool, [table](cohort::task_context&) {
        if (sum_of(table) != 5050.0) throw std::logic_error{"sum"};
      });
      pool.unshare(table);
      EXPECT_THROW(pool.unshare(table), cohort::argument_error);
      EXPECT_THROW(static_cast<void>(table.span()), cohort::argument_error);
      for (int i = 0; i != 20; ++i) {
        const auto task = pool.submit(sum_of, table);
        try {
          task.get();
          ADD_FAILURE();
        } catch (const cohort::argument_error& e) {
          EXPECT_NE(std::string{e.what()}.find("not shared any more"), std::string::npos) << e.what();
        }
      }
      EXPECT_EQ(pool.submit(sum_of, other).get(), 20100.0);
      EXPECT_EQ(mapped(), 1);
      on_many_ranks(pool, [](cohort::task_context&) {
        if (mapped() > 1) throw std::logic_error{"is still mapped"};
      });
      EXPECT_THROW(static_cast<void>(cohort::shared_data<int>{{}, 3}.span()), cohort::argument_error);
    };
    EXPECT_EQ(cohort::run_executor(world, body, {.node_size = node_size}), 0);
  }
}

TEST_F(executor_shared, stays_while_a_task_reads_it) {
  const auto body = [](cohort::executor& pool) {
    const auto table = pool.share(numbers(100'000));
    std::vector<cohort::future<double>> all;
    for (std::size_t i = 0; i != pool.slots(); ++i) {
      all.push_back(pool.with({.track_started = true}).submit([table](cohort::task_context& here) {
        const auto seen = table.span();
        for (int round = 0; round != 100 && !here.stop_requested(); ++round) std::this_thread::sleep_for(1ms);
        return std::accumulate(seen.begin(), seen.end(), 0.0);
      }));
    }
    for (const auto& each : all) {
      while (each.state() == cohort::task_state::pending) static_cast<void>(each.wait_for(1ms));
    }
    std::this_thread::sleep_for(20ms);
    pool.unshare(table);
    for (const auto& each : all) {
      try {
        EXPECT_EQ(each.get(), 5000050000.0);
      } catch (const cohort::argument_error&) {  // its machine was too slow to look before
      }
    }
  };
  EXPECT_EQ(cohort::run_executor(world, body, {.node_size = 2}), 0);
}

TEST_F(executor_shared, too_much_is_an_error_that_says_how_much) {
  const auto body = [](cohort::executor& pool) {
    try {
      static_cast<void>(pool.share<double>(std::size_t{1} << 47U, [](std::span<double>) { ADD_FAILURE(); }));
      ADD_FAILURE();
    } catch (const cohort::error& e) {
      const std::string text = e.what();
      EXPECT_NE(text.find("1125899906842624 bytes"), std::string::npos) << text;
      EXPECT_NE(text.find("/dev/shm"), std::string::npos) << text;
    }
    EXPECT_THROW(static_cast<void>(pool.share<double>(std::size_t{1} << 62U, [](std::span<double>) {})),
                 cohort::error);
    EXPECT_EQ(pool.submit(sum_of, pool.share(numbers(10))).get(), 55.0);  // and it goes on
  };
  EXPECT_EQ(cohort::run_executor(world, body), 0);
}

TEST_F(executor_shared, leaves_nothing_when_a_task_or_the_body_throws) {
  const auto body = [](cohort::executor& pool) {
    const auto table = pool.share(numbers(500'000));
    for (int i = 0; i != 5; ++i)
      pool.submit([table]() -> double { throw std::out_of_range{std::to_string(table[1])}; }).get();
  };
  if (world.rank() == 0) {
    EXPECT_THROW(cohort::run_executor(world, body, {.node_size = 1}), std::out_of_range);
  } else {
    EXPECT_EQ(cohort::run_executor(world, body, {.node_size = 1}), 1);
  }
  const auto leaves = [](cohort::executor& pool) {
    const auto table = pool.share(numbers(500'000));
    for (int i = 0; i != 20; ++i) pool.submit(sum_of, table).on_done([](const auto&) {});
    throw std::runtime_error{"the body's own"};
  };
  if (world.rank() == 0) {
    EXPECT_THROW(cohort::run_executor(world, leaves, {.node_size = 1}), std::runtime_error);
  } else {
    EXPECT_EQ(cohort::run_executor(world, leaves, {.node_size = 1}), 1);
  }
}

TEST_F(executor_shared, nodes_of_less_than_no_ranks_are_refused) {
  EXPECT_THROW(cohort::run_executor(world, [](cohort::executor&) {}, {.node_size = -1}), cohort::argument_error);
}

}  // namespace
