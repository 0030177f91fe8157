// What each rank makes for a farm's function, and data that a farm's ranks share.

#include <cohort/collective/allreduce.hpp>
#include <cohort/pattern/farm.hpp>
#include <cohort/pattern/indices.hpp>
#include <cohort/pattern/share_per_node.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

struct fate {
  int made = 0;
  int ended = 0;
  int used = 0;
  std::thread::id maker{};
  std::thread::id ender{};
};

/// Neither copyable nor movable.
class connection {
 public:
  explicit connection(fate& told) : told_{told} {
    ++told_.made;
    told_.maker = std::this_thread::get_id();
  }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection() {
    ++told_.ended;
    told_.ender = std::this_thread::get_id();
    told_.used = used_;
  }
  int look_up(int x) {
    ++used_;
    return told_.ended == 0 ? x * x : -1;
  }

 private:
  fate& told_;
  std::atomic<int> used_{0};
};

class farm_state : public testing::Test {
 protected:
  cohort::communicator world{MPI_COMM_WORLD};
  bool root = world.rank() == 0;
};

TEST_F(farm_state, is_one_object_per_rank_from_run_to_run) {
  for (const std::uint32_t threads : {1U, 3U}) {
    fate told;
    int ranks = 0;
    {
      const auto make = [&] {
        ranks = world.allreduce(1, std::plus{});  // it may call MPI
        return connection{told};
      };
      cohort::farm f{world,
                     cohort::with_state{make, [](connection& db, int x) { return db.look_up(x); }},
                     {.threads = threads}};
      EXPECT_EQ(ranks, world.size());
      for (int round = 0; round != 2; ++round) {
        const auto squares = f.map(cohort::indices(0, 300));
        EXPECT_EQ(squares.size(), root ? 300U : 0U);
        for (std::size_t i = 0; i != squares.size(); ++i) EXPECT_EQ(squares[i], static_cast<int>(i * i));
      }
      EXPECT_EQ(told.made, 1);
      EXPECT_EQ(told.ended, 0);
    }
    EXPECT_EQ(told.ended, 1);
    EXPECT_EQ(told.maker, std::this_thread::get_id());
    EXPECT_EQ(told.ender, std::this_thread::get_id());
    EXPECT_EQ(world.allreduce(told.used, std::plus{}), 600);
  }
}

TEST_F(farm_state, comes_in_front_of_what_a_function_takes) {
  // Tasks that create tasks.
  const auto halve = [](std::vector<int>& seen, long n, cohort::task_sink<long>& submit) {
    seen.push_back(static_cast<int>(n));
    if (n > 1) submit(n / 2);
    return n;
  };
  cohort::farm creates{world, cohort::with_state{[] { return std::vector<int>{}; }, halve}};
  long sum = 0;
  creates.run(std::vector{64}, [&](long n) { sum += n; });  // the input's type is not the task's
  EXPECT_EQ(sum, root ? 127 : 0);
  // A generic one: the task's type is the input's.
  cohort::farm generic{world, cohort::with_state{[] { return std::string{"a"}; },
                                                 [](const auto& prefix, const auto& x) { return prefix + x; }}};
  EXPECT_EQ(generic.map(std::vector<std::string>{"b", "c"}),
            root ? (std::vector<std::string>{"ab", "ac"}) : std::vector<std::string>{});
}

TEST_F(farm_state, that_cannot_be_made_is_every_ranks_failure) {
  const int last = world.size() - 1;
  fate told;
  const auto make = [&]() -> std::unique_ptr<connection> {
    if (world.rank() == last) throw std::runtime_error{"no such database"};
    return std::make_unique<connection>(told);
  };
  try {
    cohort::farm f{world, cohort::with_state{make, [](auto&, int x) { return x; }}};
    ADD_FAILURE();
  } catch (const cohort::rank_error& e) {
    EXPECT_EQ(e.failure().rank, last);
    const std::string text = e.what();
    EXPECT_EQ(text.find("farm failed on rank " + std::to_string(last)), 0U) << text;
    EXPECT_NE(text.find(" in the making of its state: std::runtime_error: no such database"), std::string::npos)
        << text;
  }
  EXPECT_EQ(told.made, told.ended);
}

TEST_F(farm_state, ends_although_a_task_fails) {
  fate told;
  {
    cohort::farm f{world, cohort::with_state{[&] { return connection{told}; },
                                             [](connection& db, int x) {
                                               if (x == 13) throw std::domain_error{"thirteen"};
                                               return db.look_up(x);
                                             }}};
    if (root) {
      EXPECT_THROW(static_cast<void>(f.map(cohort::indices(0, 50))), cohort::task_error);
    } else {
      static_cast<void>(f.map(cohort::indices(0, 50)));
    }
  }
  EXPECT_EQ(told.ended, 1);
}

TEST_F(farm_state, shared_data_are_read_by_a_farm) {
  for (const int node_size : {0, 1, 2}) {
    for (const int from : {0, world.size() - 1}) {
      std::vector<double> numbers;
      if (world.rank() == from) {
        numbers.resize(200'000);
        std::iota(numbers.begin(), numbers.end(), 0.0);
      }
      const auto table = cohort::share_per_node(world, numbers, {.root = from, .node_size = node_size});
      EXPECT_EQ(table.size(), 200'000U);
      EXPECT_EQ(std::accumulate(table.begin(), table.end(), 0.0), 19999900000.0);
      cohort::farm f{world, [&table](std::size_t i) { return table[i]; }};
      const auto some = f.map(std::vector<std::size_t>{7, 199'999});
      EXPECT_EQ(some, root ? (std::vector{7.0, 199999.0}) : std::vector<double>{});
      // The handle is the same everywhere, so that it can be a task.
      cohort::farm of_handles{world, [](cohort::shared_data<double> data) { return data[42]; }};
      const auto others = of_handles.map(std::vector(5, table.data()));
      EXPECT_EQ(others, root ? std::vector(5, 42.0) : std::vector<double>{});
    }
  }
}

}  // namespace
