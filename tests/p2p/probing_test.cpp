#include <cohort/p2p.hpp>

#include "ring.hpp"
#include "support/random.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::probing_request;
using strings = std::vector<std::string>;

static_assert(!std::is_copy_constructible_v<probing_request<strings>>);
static_assert(!std::is_copy_assignable_v<probing_request<strings>>);
static_assert(std::is_nothrow_move_constructible_v<probing_request<strings>>);
static_assert(std::is_nothrow_move_assignable_v<probing_request<std::string>>);

int here() {
  return world().rank();
}
void give(const std::string& what, int tag) {
  world().bsend(what, {.dest = here(), .tag = tag});
}
probing_request<std::string> ask(int source, int tag) {
  return world().irecv<std::string>({.source = source, .tag = tag});
}

TEST(probing, receives_containers_and_objects_of_any_length) {
  for (const std::size_t n : {0U, 1U, 3000U, 200000U}) {
    const auto mine = random_vector<double>(n, salt(here(), n));
    const auto words = random_vector<std::string>(n / 100, salt(here(), n));
    auto numbers = world().irecv<std::vector<double>>({.source = before(), .tag = 1});
    auto texts = world().irecv<strings>({.source = before(), .tag = 2});
    auto raw = world().irecv<cohort::buffer<double>>({.source = before(), .tag = 3});
    EXPECT_TRUE(numbers.active());
    world().bsend(mine, {.dest = next(), .tag = 1});
    world().bsend(words, {.dest = next(), .tag = 2});
    world().bsend(mine, {.dest = next(), .tag = 3});
    const auto info = numbers.wait();
    EXPECT_FALSE(numbers.active());
    EXPECT_EQ(info.source(), before());
    EXPECT_EQ(info.tag(), 1);
    EXPECT_EQ(info.count<double>(), n);
    EXPECT_EQ(numbers.wait().count<double>(), n);
    while (!texts.test()) {
    }
    EXPECT_TRUE(texts.test());
    EXPECT_EQ(numbers.get(), random_vector<double>(n, salt(before(), n)));
    EXPECT_EQ(texts.get(), random_vector<std::string>(n / 100, salt(before(), n)));
    EXPECT_EQ(raw.get(), random_vector<double>(n, salt(before(), n)));
  }
}

TEST(probing, test_is_false_until_the_message_is_there) {
  auto coming = ask(here(), 1);
  for (int i = 0; i != 5; ++i) EXPECT_FALSE(coming.test());
  give("come", 1);
  EXPECT_EQ(coming.get(), "come");
}

TEST(probing, waited_for_in_reverse_order_do_not_swap) {
  std::vector<probing_request<std::string>> coming;
  for (int i = 0; i != 6; ++i) coming.push_back(ask(before(), 1));
  for (int i = 0; i != 6; ++i) {
    world().bsend(std::string(static_cast<std::size_t>(1 + 20000 * i), 'x'), {.dest = next(), .tag = 1});
  }
  for (std::size_t i = 6; i-- != 0;) EXPECT_EQ(coming[i].get().size(), 1 + 20000 * i);
}

TEST(probing, with_wildcards_take_what_posted_receives_would) {
  auto any = ask(cohort::any_source, cohort::any_tag);
  auto two = ask(here(), 2);
  auto any_one = ask(cohort::any_source, 1);
  auto again_two = ask(here(), 2);
  give("a", 2);  // any
  give("b", 1);  // any_one
  give("c", 2);  // two
  give("d", 2);  // again_two
  EXPECT_EQ(again_two.get(), "d");
  EXPECT_EQ(any_one.get(), "b");
  EXPECT_EQ(two.get(), "c");
  EXPECT_EQ(any.get(), "a");
}

TEST(probing, an_older_one_takes_an_earlier_message_of_another_tag_first) {
  auto any = ask(here(), cohort::any_tag);
  auto two = ask(here(), 2);
  give("one", 1);
  give("two", 2);
  EXPECT_EQ(two.get(), "two");  // looking at it must not give "two" to the older one
  EXPECT_EQ(any.get(), "one");
}

TEST(probing, a_chain_of_older_ones_is_served_from_its_end) {
  // Serving `second` for `third` finds a message that `first` is owed.
  auto first = ask(here(), 1);
  auto second = ask(cohort::any_source, cohort::any_tag);
  auto third = ask(here(), 2);
  give("one", 1);
  give("two", 2);
  give("three", 2);
  EXPECT_EQ(third.get(), "three");
  EXPECT_EQ(second.get(), "two");
  EXPECT_EQ(first.get(), "one");
}

TEST(probing, one_that_met_its_message_through_another_receives_it_at_once) {
  // Both ends in one test: the sender of the first, long message goes on when the second is waited for.
  auto first = ask(before(), 1);
  auto second = ask(before(), 1);
  const std::string large(3000000, 'l');
  auto leaving = world().isend(large, {.dest = next(), .tag = 1});
  auto after = world().isend(std::string{"s"}, {.dest = next(), .tag = 1});
  EXPECT_EQ(second.get(), "s");
  EXPECT_EQ(first.get(), large);
}

TEST(probing, destroyed_before_it_met_a_message_takes_none) {
  {
    const auto gone = ask(here(), 1);
    auto moved_onto = ask(here(), 1);
    moved_onto = ask(here(), 2);
  }
  auto kept = ask(here(), 1);
  give("one", 1);
  EXPECT_EQ(kept.get(), "one");
  EXPECT_FALSE(world().iprobe({.tag = 2}));
}

TEST(probing, destroyed_after_it_met_its_message_completes) {
  auto first = std::make_unique<probing_request<std::string>>(ask(here(), 1));
  auto second = ask(here(), 1);
  give("one", 1);
  give("two", 1);
  EXPECT_EQ(second.get(), "two");
  first.reset();
  EXPECT_FALSE(world().iprobe({.tag = 1}));
}

TEST(probing, cancelled_is_complete_and_out_of_the_way) {
  auto first = ask(here(), 1);
  auto second = ask(here(), 1);
  first.cancel();
  EXPECT_FALSE(first.active());
  EXPECT_TRUE(first.wait().cancelled());
  give("one", 1);
  EXPECT_EQ(second.get(), "one");
  second.cancel();  // too late
  EXPECT_FALSE(second.wait().cancelled());
  EXPECT_TRUE(first.get().empty());
}

TEST(probing, moves_while_it_waits_its_turn) {
  std::vector<probing_request<std::string>> all;
  for (int i = 0; i != 10; ++i) all.push_back(ask(here(), 1));  // the vector grows
  for (int i = 0; i != 10; ++i) give(std::string(static_cast<std::size_t>(i), 'x'), 1);
  auto last = std::move(all.back());
  EXPECT_EQ(last.get().size(), 9U);
  for (std::size_t i = 0; i != 9; ++i) EXPECT_EQ(all[i].get().size(), i);
}

TEST(probing, from_nobody_is_empty) {
  EXPECT_TRUE(ask(cohort::proc_null, 1).get().empty());
  EXPECT_TRUE(world().irecv<strings>({.source = cohort::proc_null}).get().empty());
  auto older = ask(cohort::any_source, cohort::any_tag);
  auto nobody = ask(cohort::proc_null, 1);
  EXPECT_TRUE(nobody.test());
  EXPECT_EQ(nobody.wait().source(), cohort::proc_null);
}

TEST(probing, an_empty_one_is_complete) {
  probing_request<std::string> none;
  EXPECT_FALSE(none.active());
  EXPECT_TRUE(none.test());
  none.cancel();
  none.wait();
  EXPECT_THROW((void)none.get(), cohort::argument_error);
}

TEST(probing, an_error_is_told_to_its_owner_alone) {
  auto bad = world().irecv<std::vector<int>>({.source = here(), .tag = 1});
  auto wrong = world().irecv<std::map<int, std::string>>({.source = here(), .tag = 1});
  auto good = ask(here(), 1);
  give("abc", 1);
  give("abc", 1);
  give("xyz", 1);
  EXPECT_EQ(good.get(), "xyz");
  try {
    (void)bad.test();
    ADD_FAILURE() << "accepted";
  } catch (const cohort::error& e) {
    const auto* const problem =
        cohort::check_level == 0 ? "a message of 3 bytes came" : "holds elements of type char";
    EXPECT_NE(std::string{e.what()}.find(problem), std::string::npos) << e.what();
    EXPECT_NE(std::string{e.what()}.find("p2p/probing_test.cpp:"), std::string::npos) << e.what();
  }
  EXPECT_FALSE(bad.active());
  using malformed = std::conditional_t<cohort::check_level == 0, cohort::serial::format_error, cohort::error>;
  EXPECT_THROW(wrong.wait(), malformed);
  EXPECT_FALSE(wrong.active());
  auto alone = world().irecv<std::vector<int>>({.source = here(), .tag = 1});
  give("abc", 1);
  EXPECT_THROW(alone.wait(), cohort::error);
  EXPECT_FALSE(alone.active());
  EXPECT_FALSE(world().iprobe({.tag = 1}));
}

/// Wrappers of one MPI_Comm share what is under way on it.
TEST(probing, two_wrappers_of_one_mpi_comm_keep_the_order) {
  const auto lane = world().duplicate();
  const cohort::communicator other{lane.native(), cohort::ownership::borrow};
  auto first = lane.irecv<std::string>({.source = here(), .tag = 1});
  auto second = other.irecv<std::string>({.source = here(), .tag = 1});
  lane.bsend(std::string{"one"}, {.dest = here(), .tag = 1});
  other.bsend(std::string{"two"}, {.dest = here(), .tag = 1});
  EXPECT_EQ(second.get(), "two");
  EXPECT_EQ(first.get(), "one");
  const auto& state = cohort::detail::access::state(lane, "test", {});
  lane.bsend(std::string(100'000, 'x'), {.dest = here(), .tag = 1});
  EXPECT_NE(state.buffered.size(), 0U);
  EXPECT_EQ(lane.recv<std::string>({.source = here(), .tag = 1}).size(), 100'000U);
  other.flush_buffer();
  EXPECT_EQ(state.buffered.size(), 0U);
  lane.bsend(std::string(100'000, 'y'), {.dest = here(), .tag = 1});
  { const cohort::communicator third{lane.native(), cohort::ownership::borrow}; }  // waits for nobody
  EXPECT_EQ(other.recv<std::string>({.source = here(), .tag = 1}).size(), 100'000U);
}

}  // namespace
