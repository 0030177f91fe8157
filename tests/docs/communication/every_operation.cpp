// The examples of docs/communication.md that show what the others leave out.
#include <cohort/cohort.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace {

using cohort::test::world;

class docs_every : public testing::Test {
 protected:
  const int me = world().rank();
  const int size = world().size();
  const int next = (me + 1) % size;
  const int previous = (me + size - 1) % size;
  const std::size_t ranks = static_cast<std::size_t>(size);
};

TEST_F(docs_every, send_modes_and_probes) {
  const std::vector<int> mine(3, me);
  // example: send_modes
  std::vector<int> came(3);
  auto receiving = world().irecv_into(came, {.source = previous, .tag = 1});
  auto known = world().issend(mine, {.dest = next, .tag = 1});  // complete when the receive has begun
  cohort::wait_all(receiving, known);
  world().bsend(mine, {.dest = next, .tag = 2});  // returns at once, whatever its size
  while (!world().iprobe({.source = previous, .tag = 2})) {
  }
  auto message = world().improbe({.source = previous, .tag = 2});  // std::optional: it need not be there yet
  auto again = message->recv<std::vector<int>>();
  world().flush_buffer();  // all that bsend took has left
  world().sendrecv_into(mine, came, {.dest = next, .source = previous});
  // end
  EXPECT_EQ(came, std::vector<int>(3, previous));
  EXPECT_EQ(again, came);
  world().barrier();
  int ready = 0;
  // example: ready
  auto posted = world().irecv_into(ready, {.source = previous, .tag = 3});
  world().barrier();  // every receive is posted: only now may a ready send start
  auto going = world().irsend(me, {.dest = next, .tag = 3});
  cohort::wait_all(posted, going);
  // end
  EXPECT_EQ(ready, previous);
  int step = me;
  int got = -1;
  // example: test_all
  auto send = world().ssend_init(step, {.dest = next, .tag = 4});
  auto receive = world().recv_init(got, {.source = previous, .tag = 4});
  send.start();
  receive.start();
  while (!cohort::test_all(send, receive)) {
    // something else to do; test_any and test_some tell which are complete
  }
  // end
  EXPECT_EQ(got, previous);
}

TEST_F(docs_every, collectives_into_memory_of_the_caller) {
  const std::vector<double> mine(2, me);
  const std::vector<int> counts(ranks, 2);
  std::vector<double> all(2 * ranks);
  std::vector<double> part(2);
  std::vector<double> other(2 * ranks);
  // example: into
  world().allgather_into(mine, all);           // equal lengths: one call, no allocation
  world().gather_into(mine, all);              // on the root
  world().scatter_into(all, part);             // from the root
  world().alltoall_into(all, other);           // block r of `all` to rank r
  world().allgatherv_into(mine, all, counts);  // lengths that differ, known: counts in elements
  world().gatherv_into(mine, all, counts);     // counts count on the root
  world().scatterv_into(all, counts, part);    //
  world().alltoallv_into(all, counts, other, counts);
  world().allreduce_into(mine, part, std::plus{});
  world().reduce_into(mine, part, std::plus{});
  world().scan_into(mine, part, std::plus{});
  world().exscan_into(mine, part, std::plus{});  // rank 0's `part` stays as it was
  world().reduce_scatter_into(other, part, std::plus{});
  // end
  EXPECT_EQ(part.size(), 2U);
  // example: in_place
  world().allgather_in_place(all);  // each rank's block lies where it belongs
  world().alltoall_in_place(other);
  world().allreduce_in_place(part, std::plus{});
  world().reduce_in_place(part, cohort::maximum{});
  world().scan_in_place(part, std::plus{});
  world().exscan_in_place(part, std::plus{});
  world().reduce_scatter_in_place(other, std::plus{});  // the result begins `other`
  // end
  if (me == 0) part = mine;
  // example: scatterv
  const bool root = me == 0;
  std::vector<int> shares;  // the root alone knows them
  if (root) {
    for (int r = 0; r != size; ++r) shares.push_back(r);
  }
  std::vector<char> letters(root ? static_cast<std::size_t>(size * (size - 1) / 2) : 0, 'x');
  auto mine_of_them = world().scatterv(letters, shares);
  // end
  EXPECT_EQ(mine_of_them.size(), static_cast<std::size_t>(me));
  // example: grid
  std::vector<std::vector<int>> rows(ranks, std::vector<int>{me});
  auto [values, lengths] = world().grid_alltoallv(rows);  // two rounds of about sqrt(size) messages instead of size
  auto sums = world().reduce_scatter(values, std::plus{});
  auto swapped = world().alltoall(values);
  // end
  EXPECT_EQ(values.size(), ranks);
  EXPECT_EQ(lengths.size(), ranks);
  EXPECT_EQ(sums.size(), 1U);
  EXPECT_EQ(swapped.size(), ranks);
}

TEST_F(docs_every, what_is_started) {
  const std::vector<double> mine(2, me);
  const std::vector<int> counts(ranks, 2);
  std::vector<double> all(2 * ranks), part(2), other(2 * ranks);
  // example: started
  auto number = world().ibcast(me == 0 ? 42 : 0);  // get() gives it
  auto names = world().iallgather(me);
  auto blocks = world().ialltoall(all);
  auto sum = world().iallreduce(1, std::plus{});
  auto before = world().iexscan(1, std::plus{});
  auto up_to = world().iscan(1, std::plus{});
  auto highest = world().ireduce(me, cohort::maximum{});
  auto each = world().ireduce_scatter(all, std::plus{});
  EXPECT_EQ(number.get(), 42);
  EXPECT_EQ(sum.get(), size);
  cohort::wait_all(names, blocks, before, up_to, highest, each);
  // end
  // example: started_into
  world().iallgather_into(mine, all).wait();  // each borrows its arguments until it is complete
  world().igather_into(mine, all).wait();
  world().iscatter_into(all, part).wait();
  world().ialltoall_into(all, other).wait();
  world().iallgatherv_into(mine, all, counts).wait();
  world().igatherv_into(mine, all, counts).wait();
  world().iscatterv_into(all, counts, part).wait();
  world().ialltoallv_into(all, counts, other, counts).wait();
  world().iallreduce_into(mine, part, std::plus{}).wait();
  world().ireduce_into(mine, part, std::plus{}).wait();
  world().iscan_into(mine, part, std::plus{}).wait();
  world().iexscan_into(mine, part, std::plus{}).wait();
  world().ireduce_scatter_into(other, part, std::plus{}).wait();
  world().ibarrier().wait();
  // end
}

TEST_F(docs_every, neighbours) {
  // example: places
  cohort::cartesian torus{world(), {.dims = cohort::balanced_dims(size, 2), .periodic = {true, true}}};
  auto place = torus.coords(me);
  EXPECT_EQ(torus.rank(place), me);
  auto row = torus.sub({false, true});  // the grid of the ranks that share the first coordinate
  // end
  EXPECT_EQ(row.size(), torus.dims()[1]);
  const std::size_t sources = torus.sources().size();
  const std::vector<int> counts(sources, 1);
  const std::vector<int> letters(sources, me);
  std::vector<int> all(sources);
  // example: neighbors
  auto answers = torus.neighbor_alltoall(letters);             // letters[i] to the i-th destination
  auto [texts, lengths] = torus.neighbor_allgatherv(letters);  // of any length: nobody needs to know
  auto uneven = torus.neighbor_alltoallv(letters, counts);
  torus.neighbor_allgather_into(me, all);
  torus.neighbor_alltoall_into(letters, all);
  torus.neighbor_allgatherv_into(std::vector{me}, all, counts);
  torus.neighbor_alltoallv_into(letters, counts, all, counts);
  // end
  EXPECT_EQ(answers.size(), sources);
  EXPECT_EQ(texts.size(), sources * sources);
  EXPECT_EQ(lengths.size(), sources);
  EXPECT_EQ(uneven.values.size(), sources);
  // example: from_edges
  std::vector<cohort::graph_edge> edges;  // each edge said once, by any rank
  if (me == 0) {
    for (int r = 1; r != size; ++r) edges.push_back({.from = 0, .to = r});
  }
  auto star = cohort::graph::from_edges(world(), edges);
  auto heard = star.neighbor_allgather(me);
  // end
  EXPECT_EQ(heard.size(), me == 0 ? 0U : 1U);
}

TEST_F(docs_every, groups) {
  // example: groups
  const cohort::group all{world()};
  const auto rest = all.exclude(std::vector{0});
  EXPECT_EQ(rest.size(), size - 1);
  if (rest.rank()) {  // only its members call this
    auto workers = cohort::comm_create_group(world(), rest, 0);
    EXPECT_EQ(workers.size(), size - 1);
  }
  // end
}

TEST_F(docs_every, one_sided) {
  cohort::window<int> win{world(), 5};
  const int mine = me;
  // example: epochs
  {
    auto epoch = win.fence_epoch();  // all ranks come
    epoch.put(mine, {.target = next, .offset = 0});
    epoch.fence();  // complete everywhere
  }
  EXPECT_EQ(win.local()[0], previous);
  {
    auto exposed = win.post(std::array{previous});  // my part, to that rank
    auto epoch = win.start(std::array{next});
    epoch.put(mine, {.target = next, .offset = 1});
  }
  {
    auto epoch = win.lock_all();                                                // no rank waits for another
    auto old = epoch.fetch_and_op(1, std::plus{}, {.target = 0, .offset = 2});  // each number once
    auto was = epoch.compare_and_swap(0, 7, {.target = 0, .offset = 3});        // the first one finds 0
    epoch.accumulate(mine, std::plus{}, {.target = 0, .offset = 4});
    auto theirs = epoch.get(4, {.target = next});
    auto copying = epoch.rput(mine, {.target = next, .offset = 0});  // a request for `mine` to be free again
    copying.wait();
    epoch.flush(next);
    EXPECT_LT(old, size);
    EXPECT_TRUE(was == 0 || was == 7);
    EXPECT_EQ(theirs.size(), 4U);
  }
  // end
  EXPECT_EQ(win.local()[1], previous);
  world().barrier();
}

TEST_F(docs_every, files) {
  const auto path =
      world().bcast(std::string{(std::filesystem::temp_directory_path() / "cohort_docs_views").string()});
  const std::vector<int> two{me, me};
  std::vector<int> read(2);
  // example: file_views
  cohort::file both{world(), path, {.mode = cohort::file_mode::read_write | cohort::file_mode::create}};
  both.write_ordered(two);  // rank by rank behind each other, at the shared pointer
  both.seek_shared<int>(0);
  EXPECT_EQ(both.read_ordered(read), 2U);
  both.set_view<int>(2 * sizeof(int) * static_cast<std::size_t>(me));  // from here on, element 0 is my first
  both.seek<int>(0);
  EXPECT_EQ(both.read_all(read), 2U);
  both.iwrite_at(0, two).wait();
  auto later = both.iread_at<int>(0, 2);
  EXPECT_EQ(later.get(), two);
  // end
  EXPECT_EQ(read, two);
  both.close();
  world().barrier();
  if (me == 0) cohort::file::remove(path);
}

TEST_F(docs_every, between_groups) {
  if (size < 2) GTEST_SKIP();
  // example: intercommunicator
  const auto half = world().split(me % 2);  // even and odd ranks
  auto other = cohort::make_intercommunicator(half, 0, world(), me % 2 == 0 ? 1 : 0);
  if (half.rank() == 0) other.send(me, {.dest = 0});
  if (half.rank() == 0) {
    EXPECT_EQ(other.recv<int>({.source = 0}), 1 - me);
  }
  auto together = other.merge(me % 2 == 1);  // even ranks first
  // end
  EXPECT_EQ(together.size(), size);
  together = {};
  other.disconnect();
}

TEST(docs_every_operation, ports) {
  if (world().size() < 2) GTEST_SKIP() << "needs two groups";
  const int me = world().rank();
  // example: port
  const bool serves = me == 0;  // two groups that have no communicator with each other
  const auto mine = world().split(serves ? 0 : 1);
  if (serves) {
    const cohort::port open;
    const cohort::published sign{open, "cohort-docs-service"};
    world().barrier();  // now it can be found
    auto guests = cohort::accept(mine, open.name());
    for (int r = 0; r != guests.remote_size(); ++r) guests.send(r, {.dest = r});
    guests.disconnect();
  } else {
    world().barrier();
    auto host = cohort::connect(mine, cohort::lookup("cohort-docs-service"));
    EXPECT_EQ(host.recv<int>({.source = 0}), mine.rank());
    host.disconnect();
  }
  // end
}

}  // namespace
