// Wrong arguments of collectives are found before any message leaves, so a rank that is refused leaves the others
// be.

#include <cohort/collective.hpp>

#include "cases.hpp"
#include "support/refused.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::communicator;

/// Calls every collective; those with a root, with this one.
void every_collective(const communicator& comm, int root, const std::string& what, bool unrooted) {
  int value = 0;
  std::vector<int> values{1};
  std::map<int, std::string> table;
  const std::vector<int> counts{1};
  const cohort::rooted at{root};
  refused(what, [&] { comm.bcast(value, at); });
  refused(what, [&] { comm.bcast(values, at); });
  refused(what, [&] { comm.bcast(table, at); });
  refused(what, [&] { (void)comm.scatter(values, at); });
  refused(what, [&] { comm.scatter_into(values, std::span{values}, at); });
  refused(what, [&] { (void)comm.scatterv(values, counts, at); });
  refused(what, [&] { comm.scatterv_into(values, counts, values, at); });
  refused(what, [&] { (void)comm.gather(1, at); });
  refused(what, [&] { (void)comm.gather(table, at); });
  refused(what, [&] { comm.gather_into(1, values, at); });
  refused(what, [&] { (void)comm.gatherv(values, at); });
  refused(what, [&] { comm.gatherv_into(values, values, counts, at); });
  refused(what, [&] { (void)comm.reduce(1, std::plus{}, at); });
  refused(what, [&] { (void)comm.reduce(values, std::plus{}, at); });
  refused(what, [&] { comm.reduce_into(values, values, std::plus{}, at); });
  if (!unrooted) return;
  refused(what, [&] { comm.barrier(); });
  refused(what, [&] { (void)comm.allgather(1); });
  refused(what, [&] { (void)comm.allgather(table); });
  refused(what, [&] { comm.allgather_into(1, values); });
  refused(what, [&] { (void)comm.allgatherv(values); });
  refused(what, [&] { comm.allgatherv_into(values, values, counts); });
  refused(what, [&] { (void)comm.allreduce(1, std::plus{}); });
  refused(what, [&] { comm.allreduce_into(values, values, std::plus{}); });
  refused(what, [&] { comm.allreduce_in_place(values, std::plus{}); });
}

TEST(collective_error, wrong_root) {
  const auto size = world().size();
  every_collective(world(), size, "root " + std::to_string(size) + " does not exist", false);
  every_collective(world(), -1, "root -1 does not exist", false);
}

TEST(collective_error, empty_communicator) {
  every_collective(communicator{}, 0, "the communicator is empty", true);
}

TEST(collective_error, wrong_lengths) {
  const auto n = std::to_string(2 * ranks());
  const cohort::rooted here{world().rank()};
  std::vector<int> two(2);
  std::vector<int> wrong(2 * ranks() + 1);
  const auto what = "the range has " + std::to_string(wrong.size()) + " elements where " + n + " are needed";
  refused(what, [&] { world().scatter_into(wrong, two, here); });
  refused(what, [&] { world().gather_into(two, wrong, here); });
  refused(what, [&] { world().allgather_into(two, wrong); });
  std::vector<int> three(3);
  refused("the range has 3 elements where 2 are needed", [&] { world().allreduce_into(two, three, std::plus{}); });
  refused("the range has 3 elements where 2 are needed",
          [&] { world().reduce_into(two, three, std::plus{}, here); });
}

TEST(collective_error, wrong_counts) {
  const cohort::rooted here{world().rank()};
  std::vector<int> whole(ranks());
  std::vector<int> one(1);
  const std::vector<int> too_many(ranks() + 1, 1);
  const auto size = std::to_string(ranks());
  const auto what = std::to_string(ranks() + 1) + " counts were given where one per rank (" + size +
                    ") is needed; give that many";
  refused(what, [&] { (void)world().scatterv(whole, too_many, here); });
  refused(what, [&] { world().gatherv_into(one, whole, too_many, here); });
  refused(what, [&] { world().allgatherv_into(one, whole, too_many); });
  const std::vector<int> sum_wrong(ranks(), 2);
  const auto sum = "the range has " + size + " elements where " + std::to_string(2 * ranks()) + " are needed";
  refused(sum, [&] { (void)world().scatterv(whole, sum_wrong, here); });
  refused(sum, [&] { world().scatterv_into(whole, sum_wrong, one, here); });
  refused(sum, [&] { world().gatherv_into(one, whole, sum_wrong, here); });
  std::vector<int> negative(ranks(), 1);
  negative.back() = -1;
  refused("a count of -1; counts are 0 or more", [&] { (void)world().scatterv(whole, negative, here); });
  const std::vector<int> right(ranks(), 1);
  std::vector<int> two(2);
  refused("the range has 2 elements where 1 are needed", [&] { world().scatterv_into(whole, right, two, here); });
  refused("the range has 2 elements where 1 are needed", [&] { world().gatherv_into(two, whole, right, here); });
  refused("the range has 2 elements where 1 are needed", [&] { world().allgatherv_into(two, whole, right); });
}

/// Writes a number and reads a text, so that nothing can be read back.
class unreadable {
 public:
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    if constexpr (Archive::is_saving::value) {
      archive & 1;
    } else {
      std::string text;
      archive& text;
    }
  }
  std::string makes_it_an_object;
};

TEST(collective_error, what_cannot_be_read_is_told_with_rank_and_place) {
  const auto told = [](const std::string& routine, int line, auto&& call) {
    const auto start = routine + " on rank " + std::to_string(world().rank()) + " (called at " + __FILE__ + ":" +
                       std::to_string(line) + "): a serialised object claims";
    try {
      call();
      ADD_FAILURE() << "accepted; expected: " << start;
    } catch (const cohort::serial::format_error& e) {
      EXPECT_EQ(std::string{e.what()}.substr(0, start.size()), start);
    }
  };
  unreadable one;
  told("allgather", __LINE__, [&] { (void)world().allgather(one); });
  const std::vector<unreadable> some(ranks());
  told("scatter", __LINE__, [&] { (void)world().scatter(some); });
  if (world().rank() == 0) {
    told("gather", __LINE__, [&] { (void)world().gather(one); });
    world().bcast(one);
  } else {
    (void)world().gather(one);
    told("bcast", __LINE__, [&] { world().bcast(one); });
  }
}

TEST(collective_error, the_communicator_is_as_good_as_before) {
  EXPECT_EQ(world().allreduce(1, std::plus{}), world().size());
}

}  // namespace
