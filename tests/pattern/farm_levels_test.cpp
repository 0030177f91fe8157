// Two levels of masters, asked for by option. (The other tests of the farm run with two levels as well: see
// CMakeLists.txt.)

#include <cohort/collective/allreduce.hpp>
#include <cohort/core/environment.hpp>
#include <cohort/pattern/crew/grouping.hpp>
#include <cohort/pattern/crew/levels.hpp>
#include <cohort/pattern/farm.hpp>
#include <cohort/pattern/indices.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <map>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

class farm_levels : public testing::Test {
 protected:
  cohort::communicator world{MPI_COMM_WORLD};
  bool root = world.rank() == 0;
};

TEST(group_ranks, are_about_as_many_as_they_are_large) {
  for (const int size : {3, 4, 7, 10, 100, 1000, 4097}) {
    for (const int node : {1, 2, 7, 48, size}) {
      for (const int root : {0, size - 1}) {
        SCOPED_TRACE(testing::Message() << size << " ranks, " << node << " to a node, root " << root);
        std::vector<int> nodes(static_cast<std::size_t>(size));
        for (int r = 0; r != size; ++r) nodes[static_cast<std::size_t>(r)] = r / node * node;
        const auto groups = cohort::crew::group_ranks(nodes, root);
        EXPECT_EQ(groups.size(), nodes.size());
        std::map<int, int> sizes;
        std::map<int, std::set<int>> nodes_of_group;
        std::map<int, std::set<int>> groups_of_node;
        for (int r = 0; r != size; ++r) {
          const int group = groups[static_cast<std::size_t>(r)];
          EXPECT_EQ(group == -1, r == root);
          if (r == root) continue;
          ++sizes[group];
          nodes_of_group[group].insert(r / node);
          groups_of_node[r / node].insert(group);
        }
        const double side = std::sqrt(size - 1.0);
        EXPECT_LE(static_cast<double>(sizes.size()), 2 * side + 1);
        EXPECT_EQ(sizes.begin()->first, 0);
        EXPECT_EQ(sizes.rbegin()->first, static_cast<int>(sizes.size()) - 1);
        for (const auto& [group, n] : sizes) EXPECT_LE(n, std::ceil(side)) << "group " << group;
        // Several nodes to a group, or several groups to a node, but never both.
        for (const auto& [n, of] : groups_of_node) {
          if (of.size() == 1) continue;
          for (const int group : of) EXPECT_EQ(nodes_of_group[group].size(), 1U);
        }
      }
    }
  }
}

TEST_F(farm_levels, know_who_is_whose_master) {
  for (const int at : {0, world.size() - 1}) {
    const cohort::crew::levels two{world, at, 2, "host " + std::to_string(world.rank()),
                                   cohort::call_site::current()};
    EXPECT_EQ(two.two(), world.size() > 2);
    if (!two.two()) continue;
    const bool is_root = world.rank() == at;
    EXPECT_EQ(static_cast<bool>(two.group()), !is_root);
    EXPECT_EQ(static_cast<bool>(two.top()), is_root || two.leads());
    if (two.top()) {
      EXPECT_EQ(two.top().rank() == two.root_of_top(), is_root);
      const auto me = static_cast<cohort::dispatch::worker_id>(two.top().rank());
      EXPECT_EQ(two.rank_of(me), world.rank());
      for (int m = 0; two.leads() && m != two.group().size(); ++m) {
        EXPECT_GE(two.rank_of(me, static_cast<std::uint16_t>(m)), world.rank());
      }
    }
    for (int r = 0; is_root && r != world.size(); ++r) EXPECT_EQ(two.host(r), "host " + std::to_string(r));
  }
}

TEST_F(farm_levels, give_the_same_results_and_count_by_rank) {
  for (const int at : {0, world.size() - 1}) {
    std::int64_t sum = 0;
    int mine = 0;
    cohort::farm f{world,
                   [&mine](int x) {
                     ++mine;
                     std::this_thread::sleep_for(200us);
                     return std::int64_t{x} * x;
                   },
                   {.levels = 2},
                   {.root = at}};
    const auto report = f.run(cohort::indices{500}, [&](std::int64_t x) { sum += x; });
    EXPECT_TRUE(report.complete());
    if (world.rank() == at) {
      EXPECT_EQ(sum, 500 * 499 * 999 / 6);
    }
    EXPECT_EQ(report.ranks.size(), static_cast<std::size_t>(world.size()));
    const auto& me = report.ranks[static_cast<std::size_t>(world.rank())];
    EXPECT_EQ(me.tasks, static_cast<std::uint64_t>(mine));
    EXPECT_GE(me.busy_seconds, 200e-6 * mine);
    EXPECT_FALSE(me.host.empty());
    EXPECT_GT(mine, 0);  // every rank works, those with a master on them too
  }
}

TEST_F(farm_levels, keep_order_and_create_tasks) {
  cohort::farm squares{world, [](int x) { return x * x; }, {.levels = 2}};
  const auto all = squares.map(cohort::indices{300});
  EXPECT_EQ(all.size(), root ? 300U : 0U);
  for (std::size_t i = 0; i != all.size(); ++i) EXPECT_EQ(all[i], static_cast<int>(i * i));

  int leaves = 0;
  cohort::farm tree{world,
                    [](int depth, cohort::task_sink<int>& submit) {
                      for (int i = 0; depth > 0 && i != 2; ++i) submit(depth - 1);
                      return depth;
                    },
                    {.levels = 2}};
  const auto report = tree.run(std::vector{8}, [&](int depth) { leaves += depth == 0 ? 1 : 0; });
  EXPECT_EQ(leaves, root ? 256 : 0);
  EXPECT_EQ(report.succeeded, 511U);
}

/// Fails where it runs, and says where that was.
struct where_am_i {
  int rank;
  int operator()(int) const { throw std::runtime_error("on " + std::to_string(rank)); }
};

TEST_F(farm_levels, name_the_rank_where_a_task_failed) {
  std::set<int> ranks;
  cohort::farm f{world,
                 [fails = where_am_i{world.rank()}](int x) {
                   std::this_thread::sleep_for(1ms);
                   return fails(x);
                 },
                 {.retries = 1, .levels = 2}};
  const auto report = f.run(
      cohort::indices{100}, [](int) {},
      [&](const cohort::task_failure& what) {
        EXPECT_EQ(what.message, "on " + std::to_string(what.rank));
        EXPECT_EQ(what.attempt, 1U);
        EXPECT_FALSE(what.host.empty());
        ranks.insert(what.rank);
      });
  EXPECT_EQ(report.failed, 100U);
  EXPECT_EQ(report.retried, 100U);
  if (root) {
    EXPECT_FALSE(ranks.empty());
  }
  std::uint64_t attempts = 0;
  for (const auto& each : report.ranks) attempts += each.tasks;
  EXPECT_EQ(attempts, 200U);
  // One that was kept from running may have had nothing.
  for (const int each : ranks) EXPECT_GT(report.ranks.at(static_cast<std::size_t>(each)).tasks, 0U);
}

TEST_F(farm_levels, name_the_rank_of_a_task_that_overran_its_timeout) {
  // Each rank is late once, at the first task that it gets after the one that says that all are here.
  std::atomic<int> late = 0;
  std::vector<int> ranks;
  cohort::farm f{world,
                 [&](int x) {
                   if (late++ == 0) std::this_thread::sleep_for(400ms);
                   return x;
                 },
                 {.timeout = 100ms, .prefetch = 0, .schedule = cohort::dispatch::schedule::self, .levels = 2}};
  const auto report = f.run(
      cohort::indices{world.size()}, [](int) {},
      [&](const cohort::task_failure& what) {
        EXPECT_EQ(what.reason, cohort::dispatch::end_reason::timed_out);
        ranks.push_back(what.rank);
      });
  EXPECT_EQ(report.succeeded + report.failed, static_cast<std::uint64_t>(world.size()));
  std::uint64_t attempts = 0;
  for (const auto& each : report.ranks) attempts += each.tasks;
  EXPECT_EQ(attempts, static_cast<std::uint64_t>(world.size()));
  // Whoever was late was named, once.
  std::sort(ranks.begin(), ranks.end());
  EXPECT_EQ(std::unique(ranks.begin(), ranks.end()), ranks.end());
  const int named = world.allreduce(
      report.ranks[static_cast<std::size_t>(world.rank())].tasks > 0 && late > 0 ? 1 : 0, std::plus{});
  EXPECT_EQ(named, world.allreduce(late > 0 ? 1 : 0, std::plus{}));
  if (root) {
    EXPECT_EQ(ranks.size(), static_cast<std::size_t>(named));
  }
}

TEST_F(farm_levels, run_again_and_again) {
  cohort::farm f{world, [](int x) { return x + 1; }, {.levels = 2}};
  for (int round = 0; round != 5; ++round) {
    int sum = 0;
    EXPECT_TRUE(f.run(cohort::indices{round}, [&](int x) { sum += x; }).complete());
    EXPECT_EQ(sum, root ? round * (round + 1) / 2 : 0);
  }
}

TEST_F(farm_levels, refuse_other_numbers_on_every_rank) {
  const auto text = [&](const cohort::farm_options& options) {
    try {
      const cohort::farm f{world, [](int x) { return x; }, options};
      return std::string{"accepted"};
    } catch (const cohort::argument_error& e) {
      return std::string{e.what()};
    }
  };
  EXPECT_NE(text({.levels = 3}).find("levels is neither 0, 1 nor 2"), std::string::npos);
  const char* const before = std::getenv("COHORT_MASTERS");
  const std::string kept = before == nullptr ? "" : before;
  setenv("COHORT_MASTERS", root ? "many" : "1", 1);  // the root's counts
  EXPECT_NE(text({}).find("COHORT_MASTERS is 'many' on rank 0"), std::string::npos) << text({});
  EXPECT_EQ(text({.levels = 1}), "accepted");
  setenv("COHORT_MASTERS", kept.c_str(), 1);
}

}  // namespace
