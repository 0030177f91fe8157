// What the operations say to a watchdog that is on (by the environment of these tests), and that it costs no call
// and no memory.
#include <cohort/collective.hpp>
#include <cohort/core/wait.hpp>
#include <cohort/observe/detail/book.hpp>
#include <cohort/p2p.hpp>
#include <cohort/serial/pack.hpp>

#include "support/cost.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <span>
#include <thread>
#include <vector>

namespace {

using namespace cohort;
using test::cost;
using test::world;

observe::detail::book& book() {
  return dynamic_cast<observe::detail::book&>(*cohort::detail::watched());
}
observe::presence now() {
  return book().report(world().rank(), "here");
}
/// The last call of this thread, which is the first that used cohort.
observe::step last() {
  return now().threads.at(0).steps.at(0);
}

TEST(Slots, AWatchdogIsOn) {
  ASSERT_NE(cohort::detail::watched(), nullptr);
}

TEST(Slots, CostNoCallAndNoMemory) {
  const int me = world().rank();
  std::vector<double> out(1, me);
  std::vector<double> in(1);
  const auto talk = [&] {
    auto coming = world().irecv_into(std::span{in}, {.source = me, .tag = 3});
    world().send(out, {.dest = me, .tag = 3});
    coming.wait();
    (void)world().iprobe({.source = me, .tag = 9});
  };
  talk();
  EXPECT_EQ(cost(talk), "MPI_Iprobe 1, MPI_Irecv 1, MPI_Send 1, MPI_Wait 1; allocations 0");
  EXPECT_EQ(in, out);
  EXPECT_EQ(cost([] { (void)world().allreduce(1, std::plus{}); }),
            check_level > 0 ? "MPI_Allgather 1, MPI_Allreduce 1; allocations 0" : "MPI_Allreduce 1; allocations 0");
}

TEST(Slots, SayWhatWasCalledLast) {
  (void)world().iprobe({.source = 0, .tag = 77});
  (void)world().allreduce(1, std::plus{});
  const auto collective = last();
  EXPECT_EQ(collective.operation, "allreduce");
  EXPECT_EQ(collective.line, __LINE__ - 3);
  EXPECT_EQ(collective.what, observe::step::kind::together);
  book().look();  // who has looked in vain since the last look counts as looking
  book().look();  // until the next
  const auto mine = now();
  EXPECT_EQ(mine.comms.at(static_cast<std::size_t>(collective.comm)).name, "world");
  EXPECT_EQ(observe::from_runs(mine.comms.at(static_cast<std::size_t>(collective.comm)).runs).size(),
            static_cast<std::size_t>(world().size()));
  EXPECT_EQ(mine.threads.at(0).does, observe::thread_state::kind::outside);

  const int me = world().rank();
  auto coming = world().irecv<int>({.source = me, .tag = 5});
  world().send(1, {.dest = me, .tag = 5});
  EXPECT_EQ(last().operation, "send");
  EXPECT_EQ(last().peer, me);
  EXPECT_EQ(last().tag, 5);
  coming.wait();
  EXPECT_EQ(last().operation, "MPI_Irecv");
}

TEST(Slots, KeepTheLastMessagesSent) {
  const int me = world().rank();
  std::vector<request<int>> coming;
  std::vector<request<void>> going;
  const int data = 1;
  for (int tag = 1; tag != 7; ++tag) {
    coming.push_back(world().irecv<int>({.source = me, .tag = tag}));
    if (tag % 2 == 0) {
      world().send(data, {.dest = me, .tag = tag});
    } else {
      going.push_back(world().isend(data, {.dest = me, .tag = tag}));
    }
    // Neither what is looked for nor what several wait for takes their places.
    (void)world().iprobe({.source = me, .tag = 9});
    wait_all(going);
  }
  wait_all(coming);
  const auto mine = now();
  std::vector<int> tags;
  for (const auto& each : mine.threads.at(0).sent) {
    tags.push_back(each.tag);
    EXPECT_EQ(each.operation, each.tag % 2 == 0 ? "send" : "MPI_Isend");
    EXPECT_EQ(each.peer, me);
  }
  EXPECT_EQ(tags, (std::vector{3, 4, 5, 6}));
  EXPECT_EQ(mine.threads.at(0).any_of, "wait_all");
  EXPECT_EQ(mine.threads.at(0).steps.size(), 6U);
}

TEST(Slots, TellEveryLineKindAndCommunicator) {
  using slot = cohort::detail::wait_slot;
  using cohort::detail::wait_kind;
  for (const int line : {0, 1, 77, 70'000, 2'147'483'647}) {
    for (const auto kind : {wait_kind::receives, wait_kind::sends, wait_kind::together, wait_kind::other}) {
      for (const unsigned comm : {0U, 1U, 70'000U, (1U << 30U) - 1}) {
        const auto place = slot::place(line, kind, comm);
        EXPECT_EQ(slot::high(place), line);
        EXPECT_EQ(slot::kind(place), kind);
        EXPECT_EQ(slot::comm(place), comm);
      }
    }
  }
}

TEST(Slots, KnowTheRanksOfAPart) {
  const auto part = world().split(0, -world().rank());
  part.barrier();
  const int next = (part.rank() + 1) % part.size();
  auto going = part.isend(1, {.dest = next, .tag = 2});
  (void)part.recv<int>({.source = any_source, .tag = 2});
  going.wait();
  const auto mine = now();
  const auto& s = mine.threads.at(0).steps.at(0);
  EXPECT_EQ(s.operation, "MPI_Isend");
  EXPECT_EQ(s.peer, world().size() - 1 - next) << "ranks are those of the job";
  const auto& name = mine.comms.at(static_cast<std::size_t>(s.comm)).name;
  EXPECT_EQ(name.substr(0, 33), "split of world at slots_test.cpp:");
  // The number is the same on all ranks, or they could not be told to be together.
  const auto number = mine.comms.at(static_cast<std::size_t>(s.comm)).number;
  EXPECT_EQ(world().allreduce(number, minimum{}), world().allreduce(number, maximum{}));
}

TEST(Slots, CountWhatIsDoneAndNotWhatIsLookedForInVain) {
  const auto before = book().moves();
  for (int i = 0; i != 10; ++i) EXPECT_FALSE(world().iprobe({.source = 0, .tag = 77}));
  EXPECT_EQ(book().moves(), before);
  world().barrier();
  EXPECT_EQ(book().moves(), before + 2);
  book().look();
  (void)world().iprobe({.source = 0, .tag = 77});
  book().look();
  EXPECT_EQ(now().threads.at(0).does, observe::thread_state::kind::looks);
  EXPECT_EQ(last().operation, "iprobe");
  book().look();
  EXPECT_EQ(now().threads.at(0).does, observe::thread_state::kind::outside);
}

TEST(Slots, AThreadThatEndsIsForgottenButNotWhatItDid) {
  const auto threads = now().threads.size();
  const auto before = book().moves();
  std::thread{[] {
    // Needs no MPI: what a thread says is all that counts.
    const cohort::detail::wait_scope busy{call_site::current(), "lock"};
  }}.join();
  EXPECT_EQ(now().threads.size(), threads);
  EXPECT_EQ(book().moves(), before + 2);
}

TEST(Slots, ReportsTravel) {
  (void)world().allreduce(1, std::plus{});
  const auto mine = now();
  const auto packed = serial::pack(mine);
  const auto back = serial::unpack<observe::presence>({packed.data(), packed.size()});
  EXPECT_EQ(back.threads.size(), mine.threads.size());
  EXPECT_EQ(back.threads.at(0).steps.at(0).operation, "allreduce");
  EXPECT_EQ(back.moves, mine.moves);
}

}  // namespace
