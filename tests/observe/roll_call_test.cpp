// What the roll call says of states of a job, which need no MPI to be thought of.
#include <cohort/observe/roll_call.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace cohort::observe;
using testing::AssertionFailure;
using testing::AssertionResult;
using testing::AssertionSuccess;

std::vector<int> first_ranks(int n) {
  std::vector<int> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

ranks_of world(int n) {
  return {"world", 3, to_runs(first_ranks(n))};
}

step together(const char* operation, int line, int root = nobody_known) {
  return {operation, step::kind::together, 0, root, any_tag, "/home/me/solver.cpp", line};
}
step recv(int source, int tag, int line = 12) {
  return {"recv", step::kind::receives, 0, source, tag, "main.cpp", line};
}
step send(int dest, int tag, int line = 14) {
  return {"send", step::kind::sends, 0, dest, tag, "main.cpp", line};
}
step left_main() {
  return {"finalize", step::kind::together, 0, nobody_known, any_tag, "", 0};
}

thread_state waits(step what, double seconds = 30) {
  return {.does = thread_state::kind::waits, .any_of = {}, .steps = {std::move(what)}, .seconds = seconds};
}
thread_state waits_for_any(const char* how, std::vector<step> what) {
  return {.does = thread_state::kind::waits, .any_of = how, .steps = std::move(what), .seconds = 30};
}
thread_state outside(std::vector<step> last = {}, double seconds = 31) {
  return {.does = thread_state::kind::outside, .any_of = {}, .steps = std::move(last), .seconds = seconds};
}
thread_state looks(step what) {
  return {.does = thread_state::kind::looks, .any_of = {}, .steps = {std::move(what)}, .seconds = 30};
}

/// One thread per rank, all on world and host a.
std::vector<presence> job(std::vector<thread_state> threads) {
  std::vector<presence> all;
  const int n = static_cast<int>(threads.size());
  for (int r = 0; r != n; ++r) {
    auto& one = all.emplace_back(presence{.rank = r, .host = "a"});
    one.comms.push_back(world(n));
    one.threads.push_back(std::move(threads[static_cast<std::size_t>(r)]));
  }
  return all;
}

AssertionResult says(const verdict& v, const std::string& text) {
  if (v.text.find(text) != std::string::npos) return AssertionSuccess();
  return AssertionFailure() << "\"" << text << "\" is not in:\n" << v.text;
}
AssertionResult says_not(const verdict& v, const std::string& text) {
  if (v.text.find(text) == std::string::npos) return AssertionSuccess();
  return AssertionFailure() << "\"" << text << "\" is in:\n" << v.text;
}
auto lines(const verdict& v) {
  return std::count(v.text.begin(), v.text.end(), '\n');
}

TEST(RollCall, OneRankIsElsewhereOnAnotherHost) {
  auto all = job({waits(together("allreduce", 41)), waits(together("allreduce", 41)),
                  waits(together("allreduce", 41)), outside({together("bcast", 38, 0)})});
  all[3].host = "b";
  const auto v = roll_call(all, 30);
  EXPECT_EQ(v.text,
            "cohort watchdog: nothing has moved for 30 s on 4 ranks (2 hosts)\n"
            "  ranks 0-2 wait in allreduce on world, solver.cpp:41, for 30 s\n"
            "  rank 3 (host b) is elsewhere: outside cohort since 31 s; last call: bcast(root=0) on world, "
            "solver.cpp:38\n"
            "    -> rank 3 (host b) does not take part in allreduce (solver.cpp:41)\n");
  EXPECT_FALSE(v.stuck) << "rank 3 may come yet";
}

TEST(RollCall, CycleOfReceives) {
  const auto v = roll_call(job({waits(recv(1, 7, 12)), waits(recv(0, 7, 14))}), 30);
  EXPECT_TRUE(v.stuck);
  EXPECT_TRUE(says(v, "rank 0 waits in recv(source=1, tag=7) on world, main.cpp:12, for 30 s\n"));
  EXPECT_TRUE(says(v,
                   "-> cycle: rank 0 waits for rank 1 (recv, tag 7, main.cpp:12) -> rank 1 waits for rank 0 (recv, "
                   "tag 7, main.cpp:14)\n"));
}

TEST(RollCall, CycleThatSomeRanksOnlyHangOn) {
  const auto v = roll_call(job({waits(recv(2, 1)), waits(recv(2, 1)), waits(recv(3, 1)), waits(recv(2, 1))}), 30);
  EXPECT_TRUE(v.stuck);
  EXPECT_TRUE(says(v, "-> cycle: rank 2 waits for rank 3"));
  EXPECT_TRUE(says_not(v, "cycle: rank 0"));
  // From rank 0 it is entered at 2.
  EXPECT_TRUE(says(roll_call(job({waits(recv(2, 1)), waits(recv(2, 1)), waits(recv(1, 1))}), 30),
                   "-> cycle: rank 1 waits for rank 2 (recv, tag 1, main.cpp:12) -> rank 2 waits for rank 1"));
}

TEST(RollCall, RankThatWaitsForItself) {
  const auto v = roll_call(job({waits(recv(0, 1)), outside()}), 30);
  EXPECT_TRUE(v.stuck);
  EXPECT_TRUE(says(v, "-> cycle: rank 0 waits for itself (recv, tag 1, main.cpp:12)"));
}

TEST(RollCall, RingOfSends) {
  const auto v = roll_call(job({waits(send(1, 0)), waits(send(2, 0)), waits(send(0, 0))}), 30);
  EXPECT_TRUE(v.stuck);
  EXPECT_TRUE(says(v, "-> cycle: rank 0 waits for rank 1 (send, tag 0, main.cpp:14) -> rank 1 waits for rank 2"));
}

TEST(RollCall, MessageOnItsWayIsNoDeadlock) {
  const auto v = roll_call(job({waits(send(1, 5)), waits(recv(0, 5)), waits(recv(1, 6))}), 30);
  EXPECT_FALSE(v.stuck) << v.text;
  EXPECT_FALSE(roll_call(job({waits(send(1, 5)), waits(recv(anybody, any_tag))}), 30).stuck);
}

TEST(RollCall, TagsThatDiffer) {
  const auto v = roll_call(job({waits(send(1, 7, 10)), waits(recv(0, 8, 20))}), 30);
  EXPECT_TRUE(v.stuck);
  EXPECT_TRUE(
      says(v,
           "-> tags differ: rank 0 sends rank 1 a message with tag 7 (main.cpp:10), rank 1 waits for one with "
           "tag 8 (main.cpp:20)"));
}

TEST(RollCall, TagOfAMessageThatWasSentBefore) {
  auto all = job({waits(recv(1, 9)), waits(recv(0, 8, 20))});
  all[0].threads[0].sent = {send(1, 8, 9), send(1, 7, 10)};
  EXPECT_TRUE(says(roll_call(all, 30), "-> tags differ: rank 0 sent rank 1 a message with tag 7 (main.cpp:10)"));
  all[0].threads[0].sent = {send(1, 7, 10), send(1, 8, 9)};
  EXPECT_TRUE(says_not(roll_call(all, 30), "tags differ")) << "the last one was right";
  all[1].threads[0] = waits(recv(anybody, 8));
  all[0].threads[0].sent = {send(1, 7)};
  EXPECT_TRUE(says_not(roll_call(all, 30), "tags differ")) << "it may be for an earlier receive";
}

TEST(RollCall, CommunicatorsThatDiffer) {
  auto all = job({waits(send(1, 7)), waits(recv(0, 7))});
  all[1].comms[0] = {"duplicate of world at main.cpp:3", 4, to_runs(first_ranks(2))};
  const auto v = roll_call(all, 30);
  EXPECT_TRUE(v.stuck);
  EXPECT_TRUE(
      says(v,
           "-> communicators differ: rank 0 sends rank 1 a message with tag 7 (main.cpp:14) on world, rank 1 "
           "waits for one on duplicate of world at main.cpp:3"));
}

TEST(RollCall, RankThatHasLeft) {
  auto all = job({waits(left_main()), waits(recv(0, 3))});
  auto v = roll_call(all, 30);
  EXPECT_TRUE(v.stuck);
  EXPECT_TRUE(says(v, "rank 0 waits in finalize (the end of its environment), for 30 s"));
  EXPECT_TRUE(says(v,
                   "-> rank 1 waits for a message of rank 0 (recv, tag 3, main.cpp:12), which has left (it is in "
                   "finalize)"));
  all[0].left = true;
  all[0].threads.clear();
  v = roll_call(all, 30);
  EXPECT_TRUE(v.stuck);
  EXPECT_TRUE(says(v, "rank 0 has left (the environment has ended)"));
}

TEST(RollCall, AllLeavingIsNoDeadlock) {
  EXPECT_FALSE(roll_call(job({waits(left_main()), waits(left_main())}), 30).stuck);
  EXPECT_FALSE(roll_call(job({waits(left_main()), outside()}), 30).stuck);
}

TEST(RollCall, TwoCollectives) {
  const auto v = roll_call(job({waits(together("barrier", 1)), waits(together("allreduce", 2))}), 30);
  EXPECT_TRUE(v.stuck);
  EXPECT_TRUE(says(v, "-> rank 1 does not take part in barrier (solver.cpp:1)"));
  EXPECT_TRUE(says(v, "-> rank 0 does not take part in allreduce (solver.cpp:2)"));
  EXPECT_TRUE(says_not(v, "cycle"));
}

TEST(RollCall, CollectiveAndMessage) {
  const auto v = roll_call(job({waits(together("barrier", 1)), waits(recv(0, 2))}), 30);
  EXPECT_TRUE(v.stuck);
  EXPECT_TRUE(
      says(v, "-> cycle: rank 0 waits for rank 1 (barrier, solver.cpp:1) -> rank 1 waits for rank 0 (recv"));
  // Of one that waits for both, the message tells more.
  for (const bool first : {true, false}) {
    std::vector both{recv(1, 3), together("ibarrier", 1)};
    if (!first) std::swap(both[0], both[1]);
    EXPECT_TRUE(says(roll_call(job({waits_for_any("wait_all", both), waits(recv(0, 2))}), 30),
                     "-> cycle: rank 0 waits for rank 1 (recv, tag 3"));
  }
}

TEST(RollCall, ABroadcastWaitsForItsRootOrForWhoPassesItOn) {
  // Rank 1 gets its part once rank 0 comes, and then sends to 2, which has no part in why it waits.
  EXPECT_FALSE(roll_call(job({outside(), waits(together("bcast", 1, 0)), waits(recv(1, 2))}), 30).stuck);
  EXPECT_TRUE(roll_call(job({waits(recv(1, 2)), waits(together("bcast", 1, 0)), waits(recv(1, 2))}), 30).stuck);
  // The root has been there, and what it sent may wait in rank 2, which comes when it has computed.
  EXPECT_FALSE(roll_call(job({waits(recv(1, 2)), waits(together("bcast", 1, 0)), outside()}), 30).stuck);
  EXPECT_FALSE(
      roll_call(job({waits(together("reduce", 1, 0)), waits(together("reduce", 1, 0)), outside()}), 30).stuck);
}

TEST(RollCall, ACollectiveOfAllWaitsForAll) {
  EXPECT_TRUE(roll_call(job({outside(), waits(together("barrier", 1)), waits(recv(1, 2))}), 30).stuck);
  EXPECT_FALSE(roll_call(job({outside(), waits(together("exscan", 1)), waits(recv(0, 2))}), 30).stuck);
  EXPECT_FALSE(roll_call(job({waits(together("barrier", 1)), waits(together("barrier", 2))}), 30).stuck)
      << "from two lines of the program, but together";
}

TEST(RollCall, ACollectiveOfSomeWaitsForThese) {
  // Where rank 2 waits for one of those that it might hold up.
  const auto with = [](const char* operation) {
    return roll_call(
        job({waits(together(operation, 1)), waits(together(operation, 1)), waits(recv(1, 2)), outside()}), 30);
  };
  EXPECT_TRUE(with("allgather").stuck);
  EXPECT_FALSE(with("neighbor_allgather").stuck) << "3 may be the neighbour, and 2 none";
  const auto of_root = [](const char* operation) {
    return roll_call(job({waits(together(operation, 1, 0)), outside(), waits(recv(0, 2))}), 30);
  };
  EXPECT_TRUE(of_root("gather").stuck) << "the root waits for all";
  EXPECT_FALSE(of_root("bcast").stuck) << "and here for whoever passes it on";
  for (const char* const operation : {"scan", "exscan"}) {
    EXPECT_FALSE(
        roll_call(job({waits(together(operation, 1)), waits(together(operation, 1)), waits(recv(1, 2))}), 30).stuck)
        << operation << " waits for lower ranks alone";
  }
}

TEST(RollCall, MembersInAnyOrderAndNoneThatDoNotExist) {
  auto all = job({waits(together("barrier", 1)), waits(together("barrier", 1)), outside(), outside()});
  for (auto& each : all) each.comms[0].runs = {3, 4, -1};
  EXPECT_TRUE(says(roll_call(all, 30), "-> ranks 2-3 do not take part in barrier"));
  for (auto& each : all) each.comms[0].runs = {-2, 1000, 1};
  EXPECT_TRUE(says(roll_call(all, 30), "-> ranks 2-3 do not take part in barrier"));
}

TEST(RollCall, AnySourceNeedsOneThatMayCome) {
  EXPECT_FALSE(roll_call(job({waits(recv(anybody, 1)), waits(recv(0, 1)), outside()}), 30).stuck);
  const auto v = roll_call(job({waits(recv(anybody, 1)), waits(recv(0, 1)), waits(recv(0, 1))}), 30);
  EXPECT_TRUE(v.stuck);
  EXPECT_TRUE(says(v, "rank 0 waits in recv(source=any, tag=1) on world"));
}

TEST(RollCall, OneOfSeveralMayBeAllThatIsLeft) {
  // A send that is complete cannot be told from one that is not: only if no request can be, is it stuck.
  const auto of_two = [](step other) {
    return job({waits_for_any("wait_all", {recv(1, 1), std::move(other)}), waits(recv(0, 5)), outside()});
  };
  EXPECT_FALSE(roll_call(of_two(recv(2, 1)), 30).stuck);
  const auto v = roll_call(of_two(recv(1, 2)), 30);
  EXPECT_TRUE(v.stuck);
  EXPECT_TRUE(says(v, "rank 0 waits in wait_all of 2: recv(source=1, tag=1) on world, main.cpp:12; recv(source=1"));
}

TEST(RollCall, WhoLooksMayDoSomethingElse) {
  const auto v = roll_call(job({looks(recv(1, 1)), waits(recv(0, 1))}), 30);
  EXPECT_FALSE(v.stuck);
  EXPECT_TRUE(says(v, "rank 0 looks in vain with recv(source=1, tag=1)"));
}

TEST(RollCall, WhatOnlyMpiKnowsIsNotJudged) {
  const step lock{"lock", step::kind::other, -1, nobody_known, any_tag, "main.cpp", 5};
  const auto v = roll_call(job({waits(lock), waits(lock)}), 30);
  EXPECT_FALSE(v.stuck);
  EXPECT_TRUE(says(v, "ranks 0-1 wait in lock, main.cpp:5, for 30 s"));
  auto more = job({waits(recv(1, 1)), waits(recv(0, 1))});
  more[0].threads[0].more = 3;
  EXPECT_FALSE(roll_call(more, 30).stuck) << "it waits for things that are not told";
}

TEST(RollCall, AnotherThreadMayHelp) {
  auto all = job({waits(recv(1, 7)), waits(recv(0, 7))});
  all[0].threads.push_back(outside());
  const auto v = roll_call(all, 30);
  EXPECT_FALSE(v.stuck);
  EXPECT_TRUE(says_not(v, "elsewhere"));
}

TEST(RollCall, WhoDoesNotAnswer) {
  auto all = job({waits(recv(1, 7)), outside()});
  all[1] = {.rank = 1, .silent = true};
  all[0].host = "a";
  const auto v = roll_call(all, 30);
  EXPECT_FALSE(v.stuck);
  EXPECT_TRUE(says(v, "rank 1 does not answer (stopped, or ended)"));
}

TEST(RollCall, PartsOfTheWorldAreToldApart) {
  auto all = job({waits(together("barrier", 1)), waits(together("barrier", 1)), waits(together("barrier", 1)),
                  waits(recv(0, 1))});
  // Two halves with one number: 0 and 2, 1 and 3.
  for (auto& each : all)
    each.comms[0] = {"split of world at main.cpp:2", 4,
                     each.rank % 2 == 0 ? std::vector{0, 2, 2} : std::vector{1, 2, 2}};
  const auto v = roll_call(all, 30);
  EXPECT_TRUE(says(v, "-> rank 3 does not take part in barrier"));
  EXPECT_TRUE(says_not(v, "rank 1 does not"));
  EXPECT_TRUE(says(v, "ranks 0-2 wait in barrier on split of world at main.cpp:2, solver.cpp:1"));
}

TEST(RollCall, ThousandRanksFitOnAPage) {
  constexpr int n = 1000;
  std::vector<thread_state> ring;
  for (int r = 0; r != n; ++r) ring.push_back(waits(recv((r + n - 1) % n, 7)));
  auto v = roll_call(job(ring), 30);
  EXPECT_TRUE(v.stuck);
  EXPECT_LE(lines(v), 4);
  EXPECT_TRUE(
      says(v, "ranks 0-999 wait in recv(tag=7) on world, main.cpp:12, with 1000 different peers, for 30 s"));
  EXPECT_TRUE(says(v, "... (1000 ranks in all)"));

  std::vector<thread_state> missing(n, waits(together("allreduce", 41)));
  missing[617] = outside();
  v = roll_call(job(missing), 30);
  EXPECT_LE(lines(v), 4);
  EXPECT_TRUE(says(v, "ranks 0-616, 618-999 wait in allreduce"));
  EXPECT_TRUE(says(v, "-> rank 617 does not take part in allreduce"));

  std::vector<thread_state> pairs;
  for (int r = 0; r != n; ++r) pairs.push_back(waits(recv(r ^ 1, 7, 10 + r % 100)));
  v = roll_call(job(pairs), 30);
  EXPECT_TRUE(v.stuck);
  EXPECT_LE(lines(v), 120);
  EXPECT_LE(v.text.size(), 20'000U);
  EXPECT_TRUE(says(v, "more like these"));
}

TEST(RollCall, RunsOfRanks) {
  EXPECT_EQ(to_runs(first_ranks(1000)), (std::vector{0, 1000, 1}));
  EXPECT_EQ(to_runs(std::vector{5}), (std::vector{5, 1, 1}));
  std::mt19937 random{17};
  for (int round = 0; round != 200; ++round) {
    std::vector<int> ranks(random() % 40);
    for (auto& each : ranks) each = static_cast<int>(random() % 50) - 2;
    EXPECT_EQ(from_runs(to_runs(ranks)), ranks);
  }
  EXPECT_TRUE(from_runs(std::vector{0, 2'000'000'000, 1}).empty());
}

/// Any state that can be sent must be told of without a crash: what comes over the network is not believed.
TEST(RollCall, RandomStates) {
  std::mt19937 random{5};
  const auto some = [&](int from, int to) {
    return from + static_cast<int>(random() % static_cast<unsigned>(to - from + 1));
  };
  for (int round = 0; round != 3000; ++round) {
    const int n = some(1, 6);
    auto all = job(std::vector<thread_state>(static_cast<std::size_t>(n)));
    for (auto& each : all) {
      each.left = some(0, 9) == 0;
      each.silent = some(0, 9) == 0;
      each.threads.resize(static_cast<std::size_t>(some(0, 2)));
      for (auto& thread : each.threads) {
        thread.does = static_cast<thread_state::kind>(some(0, 2));
        if (some(0, 3) == 0) thread.any_of = "wait_all";
        thread.more = static_cast<std::uint32_t>(some(0, 8) == 0);
        for (int i = some(0, 3); i > 0; --i) {
          thread.steps.push_back({i % 2 == 0 ? "bcast" : "allreduce", static_cast<step::kind>(some(0, 3)),
                                  some(-2, 2), some(-3, n + 1), some(-1, 2), "f.cpp", some(0, 3)});
        }
        thread.sent = thread.steps;
      }
    }
    const auto v = roll_call(all, 1);
    EXPECT_GE(lines(v), 1);
  }
}

}  // namespace
