// Tasks, generators, timers and scopes, without MPI.
#include <cohort/async.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <numeric>
#include <ranges>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using cohort::async_queue;
using cohort::event_loop;
using cohort::generator;
using cohort::scope;
using cohort::sleep_for;
using cohort::task;
using cohort::yield;

/// How many exist: what is destroyed twice, or never, shows.
struct counted {
  static inline int alive = 0;
  explicit counted(int v = 0) : value{std::make_unique<int>(v)} { ++alive; }
  counted(counted&& other) noexcept : value{std::move(other.value)} { ++alive; }
  counted& operator=(counted&&) noexcept = default;
  ~counted() { --alive; }
  std::unique_ptr<int> value;
};

task<int> seven() {
  co_return 7;
}
task<counted> make(int v) {
  counted kept{v};
  co_await yield();
  co_return kept;
}
task<int> sum_of(counted a, counted b) {
  co_await yield();
  co_return *a.value + *b.value;
}
task<> fail(const char* why) {
  co_await yield();
  throw std::domain_error{why};
}
task<int> deep(int n) {
  if (n == 0) {
    co_await yield();
    co_return 0;
  }
  const int below = co_await deep(n - 1);
  co_return below + 1;
}
task<> wait_long(int* ended = nullptr) {
  try {
    co_await sleep_for(1h);
  } catch (const cohort::stopped_error&) {
    if (ended != nullptr) ++*ended;
    throw;
  }
}

TEST(task, gives_its_result) {
  event_loop loop;
  EXPECT_EQ(loop.run(seven()), 7);
  EXPECT_EQ(loop.run([]() -> task<std::string> {
    const int a = co_await seven();
    const int b = co_await seven();
    co_return std::to_string(a + b);
  }),
            "14");
  int x = 0;
  EXPECT_EQ(&loop.run([&]() -> task<int&> { co_return x; }), &x);
  loop.run([&]() -> task<> {
    x = 1;
    co_return;
  });
  EXPECT_EQ(x, 1);
}

TEST(task, moves_what_it_takes_and_gives) {
  {
    event_loop loop;
    EXPECT_EQ(*loop.run(make(3)).value, 3);
    const int sum = loop.run([]() -> task<int> {
      int total = co_await sum_of(co_await make(1), co_await make(2));
      total += *(co_await make(4)).value;
      co_return total;
    });
    EXPECT_EQ(sum, 7);
    const auto unused = make(5);
  }
  EXPECT_EQ(counted::alive, 0);
}

TEST(task, is_lazy_and_runs_once) {
  event_loop loop;
  bool begun = false;
  auto begin = [&]() -> task<> {
    begun = true;
    co_return;
  };
  auto kept = begin();
  EXPECT_FALSE(begun);
  loop.run([&]() -> task<> {
    co_await std::move(kept);
    EXPECT_TRUE(begun);
    EXPECT_THROW(co_await std::move(kept), cohort::argument_error);
    auto elsewhere = std::move(kept);
    EXPECT_FALSE(kept.valid());
    EXPECT_THROW(co_await std::move(kept), cohort::argument_error);
  });
}

TEST(task, exceptions_travel) {
  event_loop loop;
  const auto through = [](const char* why) -> task<> { co_await fail(why); };
  try {
    loop.run(through("here"));
    ADD_FAILURE();
  } catch (const std::domain_error& e) {
    EXPECT_STREQ(e.what(), "here");
  }
  loop.run([&]() -> task<> {
    bool caught = false;
    try {
      co_await through("there");
    } catch (const std::domain_error&) {
      caught = true;
    }
    EXPECT_TRUE(caught);
    EXPECT_EQ(co_await seven(), 7);
  });
}

TEST(task, long_chains_do_not_use_the_stack) {
  event_loop loop;
  EXPECT_EQ(loop.run(deep(200'000)), 200'000);
  EXPECT_EQ(loop.run([]() -> task<int> {
    int sum = 0;
    for (int i = 0; i != 300'000; ++i) sum += co_await seven();
    co_return sum;
  }),
            2'100'000);
}

TEST(task, a_loop_runs_one_task_at_a_time) {
  event_loop loop;
  loop.run([&]() -> task<> {
    EXPECT_THROW(loop.run(seven()), cohort::argument_error);
    event_loop another;
    EXPECT_EQ(another.run(seven()), 7);
    co_return;
  });
  EXPECT_EQ(loop.run(seven()), 7);
}

TEST(timers, wake_in_order) {
  event_loop loop;
  std::vector<int> order;
  const auto begun = std::chrono::steady_clock::now();
  const auto after = [&](int n) -> task<> {
    co_await sleep_for(n * 1ms);
    order.push_back(n);
  };
  loop.run([&]() -> task<> { co_await cohort::when_all(after(9), after(3), after(6), after(0)); });
  EXPECT_EQ(order, (std::vector{0, 3, 6, 9}));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 9ms);
  loop.run([&]() -> task<> { co_await cohort::sleep_until(std::chrono::system_clock::now() + 1ms); });
}

TEST(timers, many_are_taken_out_and_wake_in_order) {
  event_loop loop;
  std::vector<int> order;
  std::vector<int> expected;
  const auto wait = [&](int n, std::chrono::steady_clock::time_point when) -> task<> {
    co_await cohort::sleep_until(when);
    order.push_back(n);
  };
  const auto given_up = [](std::chrono::steady_clock::time_point when) -> task<> {
    EXPECT_THROW(co_await cohort::with_timeout(1us, cohort::sleep_until(when)), cohort::timeout_error);
  };
  loop.run([&]() -> task<> {
    const auto now = std::chrono::steady_clock::now() + 5ms;
    std::vector<task<>> all;
    for (int i = 0; i != 500; ++i) {
      const int n = i * 7919 % 500;
      all.push_back(wait(n, now + n * 5us));
      all.push_back(given_up(now + 10s + n * 1ms));
    }
    co_await cohort::when_all(std::move(all));
  });
  expected.resize(500);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(order, expected);
}

TEST(yield, takes_turns) {
  event_loop loop;
  std::string said;
  const auto say = [&](char c) -> task<> {
    for (int i = 0; i != 3; ++i) {
      said += c;
      co_await yield();
    }
  };
  loop.run([&]() -> task<> { co_await cohort::when_all(say('a'), say('b')); });
  EXPECT_EQ(said, "ababab");
}

TEST(when_all, gives_all_results) {
  event_loop loop;
  loop.run([]() -> task<> {
    auto [a, nothing, c, d] =
        co_await cohort::when_all(seven(), sleep_for(1ms), make(2), []() -> task<int> { co_return 5; });
    static_assert(std::is_same_v<decltype(nothing), std::monostate>);
    EXPECT_EQ(a + *c.value + d, 14);
    std::vector<task<counted>> many;
    for (int i = 0; i != 20; ++i) many.push_back(make(i));
    auto results = co_await cohort::when_all(std::move(many));
    EXPECT_EQ(results.size(), 20U);
    EXPECT_EQ(*results.at(19).value, 19);
    EXPECT_TRUE((co_await cohort::when_all(std::vector<task<int>>{})).empty());
  });
  EXPECT_EQ(counted::alive, 0);
}

TEST(when_all, first_exception_stops_the_others) {
  event_loop loop;
  int stopped = 0;
  loop.run([&]() -> task<> {
    bool caught = false;
    try {
      co_await cohort::when_all(wait_long(&stopped), fail("one"), wait_long(&stopped), fail("two"), make(1));
    } catch (const std::domain_error& e) {
      caught = e.what() == std::string{"one"};
    }
    EXPECT_TRUE(caught);
  });
  EXPECT_EQ(stopped, 2);
  EXPECT_EQ(counted::alive, 0);
  EXPECT_EQ(loop.waiting(), 0U);
}

TEST(when_any, gives_the_first) {
  event_loop loop;
  int stopped = 0;
  loop.run([&]() -> task<> {
    const auto first = co_await cohort::when_any(wait_long(&stopped), make(4), wait_long(&stopped));
    EXPECT_EQ(first.index(), 1U);
    EXPECT_EQ(*std::get<1>(first).value, 4);
    std::vector<task<int>> many;
    many.push_back([]() -> task<int> {
      co_await sleep_for(1h);
      co_return 1;
    }());
    many.push_back(seven());
    const auto one = co_await cohort::when_any(std::move(many));
    EXPECT_EQ(one.index, 1U);
    EXPECT_EQ(one.value, 7);
    EXPECT_THROW(co_await cohort::when_any(wait_long(&stopped), fail("first")), std::domain_error);
    EXPECT_THROW(co_await cohort::when_any(std::vector<task<int>>{}), cohort::argument_error);
  });
  EXPECT_EQ(stopped, 3);
}

TEST(with_timeout, stops_what_takes_too_long) {
  event_loop loop;
  int stopped = 0;
  loop.run([&]() -> task<> {
    EXPECT_THROW(co_await cohort::with_timeout(2ms, wait_long(&stopped)), cohort::timeout_error);
    EXPECT_EQ(co_await cohort::with_timeout(1h, seven()), 7);
    EXPECT_THROW(co_await cohort::with_timeout(1h, fail("own")), std::domain_error);
    // One inside the other: each its own.
    EXPECT_THROW(co_await cohort::with_timeout(1h, cohort::with_timeout(1ms, wait_long(&stopped))),
                 cohort::timeout_error);
    EXPECT_THROW(co_await cohort::with_timeout(1ms, cohort::with_timeout(1h, wait_long(&stopped))),
                 cohort::timeout_error);
  });
  EXPECT_EQ(stopped, 3);
}

TEST(stop, tokens_reach_all_who_wait) {
  event_loop loop;
  int stopped = 0;
  std::stop_source source;
  loop.run([&]() -> task<> {
    std::thread other{[&] {
      std::this_thread::sleep_for(2ms);
      source.request_stop();
    }};
    EXPECT_THROW(
        co_await cohort::with_stop(source.get_token(), cohort::when_all(wait_long(&stopped), wait_long(&stopped))),
        cohort::stopped_error);
    other.join();
    EXPECT_FALSE(co_await cohort::stop_requested());
    EXPECT_THROW(co_await cohort::with_stop(source.get_token(), wait_long(&stopped)), cohort::stopped_error);
  });
  EXPECT_EQ(stopped, 3);
  EXPECT_THROW(loop.run(wait_long(&stopped), source.get_token()), cohort::stopped_error);
  EXPECT_EQ(stopped, 4);
}

TEST(stop, shield_lets_a_task_end) {
  event_loop loop;
  int ended = 0;
  const auto tidy = [&]() -> task<> {
    try {
      co_await sleep_for(1h);
    } catch (const cohort::stopped_error&) {
      ended = 1;
    }
    EXPECT_EQ(ended, 1);
    if (ended == 1) {
      EXPECT_THROW(co_await sleep_for(1ms), cohort::stopped_error);
      EXPECT_TRUE(co_await cohort::stop_requested());
    }
    co_await cohort::shield([&]() -> task<> {
      co_await sleep_for(2ms);
      ended = 2;
    });
  };
  loop.run([&]() -> task<> { co_await cohort::with_timeout(1ms, tidy()); });
  EXPECT_EQ(ended, 2);
}

TEST(stop, a_scope_tells_its_token) {
  event_loop loop;
  bool told = false;
  loop.run([&]() -> task<> {
    co_await scope::run([&](scope& s) -> task<> {
      const std::stop_callback callback{s.stop_token(), [&] { told = true; }};
      const auto inside = co_await cohort::this_stop_token();
      EXPECT_FALSE(inside.stop_requested());
      s.request_stop();
      EXPECT_TRUE(inside.stop_requested());
      co_return;
    });
  });
  EXPECT_TRUE(told);
}

TEST(scope_test, ends_after_its_tasks) {
  event_loop loop;
  int ended = 0;
  loop.run([&]() -> task<> {
    const int result = co_await scope::run([&](scope& s) -> task<int> {
      for (int i = 0; i != 100; ++i) {
        s.spawn([&, i]() -> task<> {
          co_await sleep_for(i * 10us);
          ++ended;
        });
      }
      auto first = s.spawn(make(3));
      auto second = s.spawn(seven());
      EXPECT_EQ(*(co_await first).value, 3);
      EXPECT_EQ(co_await second, 7);
      EXPECT_TRUE(second.ended());
      co_return 5;
    });
    EXPECT_EQ(result, 5);
    EXPECT_EQ(ended, 100);
  });
  EXPECT_EQ(counted::alive, 0);
}

TEST(scope_test, first_exception_stops_all) {
  event_loop loop;
  int stopped = 0;
  loop.run([&]() -> task<> {
    // A task's, while the body waits.
    EXPECT_THROW(co_await scope::run([&](scope& s) -> task<> {
                   s.spawn(wait_long(&stopped));
                   s.spawn(fail("a task"));
                   co_await wait_long(&stopped);
                 }),
                 std::domain_error);
    EXPECT_EQ(stopped, 2);
    // The body's.
    EXPECT_THROW(co_await scope::run([&](scope& s) -> task<> {
                   s.spawn(wait_long(&stopped));
                   co_await yield();
                   throw std::range_error{"the body"};
                 }),
                 std::range_error);
    EXPECT_EQ(stopped, 3);
    // One that is awaited.
    EXPECT_THROW(co_await scope::run([&](scope& s) -> task<> {
                   s.spawn(wait_long(&stopped));
                   auto failing = s.spawn(fail("awaited"));
                   co_await failing;
                   ADD_FAILURE();
                 }),
                 std::domain_error);
    EXPECT_EQ(stopped, 4);
    // Stopped from inside: no error.
    co_await scope::run([&](scope& s) -> task<> {
      s.spawn(wait_long(&stopped));
      s.spawn(wait_long(&stopped));
      co_await yield();
      EXPECT_EQ(s.running(), 3U);
      s.request_stop();
    });
    EXPECT_EQ(stopped, 6);
  });
  EXPECT_EQ(loop.waiting(), 0U);
}

TEST(scope_test, body_that_throws_before_it_is_a_task) {
  int stopped = 0;
  cohort::event_loop loop;
  const auto parent = [&]() -> task<> {
    bool thrown = false;
    try {
      co_await scope::run([&](scope& s) -> task<> {
        s.spawn([&]() -> task<> {
          try {
            co_await cohort::sleep_for(std::chrono::hours{1});
          } catch (const cohort::stopped_error&) {
            ++stopped;
            throw;
          }
        });
        throw std::runtime_error{"no task"};
      });
    } catch (const std::runtime_error& e) {
      thrown = std::string{e.what()} == "no task";
    }
    EXPECT_TRUE(thrown);
    bool empty = false;
    try {
      co_await scope::run([](scope&) { return task<int>{}; });
    } catch (const cohort::argument_error&) {
      empty = true;
    }
    EXPECT_TRUE(empty);
  };
  loop.run(parent());
  EXPECT_LE(stopped, 1);  // told before it began, or while it slept
}

TEST(scope_test, frees_tasks_as_they_end) {
  event_loop loop;
  loop.run([&]() -> task<> {
    co_await scope::run([&](scope& s) -> task<> {
      for (int i = 0; i != 1000; ++i) {
        s.spawn([held = counted{i}]() -> task<> { co_await yield(); });
        co_await yield();
        co_await yield();
        co_await yield();
        EXPECT_LE(counted::alive, 8);
      }
    });
  });
  EXPECT_EQ(counted::alive, 0);
}

TEST(scope_test, many_levels_stop_together) {
  event_loop loop;
  int stopped = 0;
  struct nest {
    static task<> in(int n, int* ended) {
      co_await scope::run([n, ended](scope& s) -> task<> {
        if (n == 0) {
          co_await wait_long(ended);
        } else {
          s.spawn(in(n - 1, ended));
        }
      });
    }
  };
  loop.run([&]() -> task<> {
    EXPECT_THROW(co_await cohort::with_timeout(20ms, nest::in(1000, &stopped)), cohort::timeout_error);
  });
  EXPECT_EQ(stopped, 1);
}

TEST(queue, brings_all_in_order) {
  event_loop loop;
  std::vector<int> taken;
  loop.run([&]() -> task<> {
    async_queue<int> queue{2};
    const auto produce = [&]() -> task<> {
      for (int i = 0; i != 50; ++i) {
        co_await queue.put(i);
        EXPECT_LE(queue.size(), 2U);
      }
      queue.close();
    };
    const auto consume = [&]() -> task<> {
      while (const auto x = co_await queue.take()) taken.push_back(*x);
    };
    co_await cohort::when_all(consume(), produce(), consume());
    EXPECT_THROW(co_await queue.put(1), cohort::argument_error);
    EXPECT_FALSE((co_await queue.take()).has_value());
  });
  std::vector<int> expected(50);
  std::iota(expected.begin(), expected.end(), 0);
  std::sort(taken.begin(), taken.end());  // two took
  EXPECT_EQ(taken, expected);
  taken.clear();
  loop.run([&]() -> task<> {
    async_queue<int> queue;
    const auto consume = [&]() -> task<> {
      while (const auto x = co_await queue.take()) taken.push_back(*x);
    };
    const auto produce = [&]() -> task<> {
      for (int i = 0; i != 50; ++i) co_await queue.put(i);
      queue.close();
    };
    co_await cohort::when_all(consume(), produce());
  });
  EXPECT_EQ(taken, expected);
}

TEST(queue, those_who_wait_can_be_stopped) {
  event_loop loop;
  loop.run([&]() -> task<> {
    async_queue<int> queue{1};
    EXPECT_THROW(co_await cohort::with_timeout(1ms, queue.take()), cohort::timeout_error);
    co_await queue.put(1);
    EXPECT_THROW(co_await cohort::with_timeout(1ms, queue.put(2)), cohort::timeout_error);
    EXPECT_EQ(co_await queue.take(), 1);
    EXPECT_EQ(queue.size(), 0U);
  });
}

TEST(completed, tells_in_the_order_of_ends) {
  event_loop loop;
  std::vector<int> order;
  loop.run([&]() -> task<> {
    std::vector<task<int>> all;
    for (const int i : {3, 1, 2}) {
      all.push_back([](int n) -> task<int> {
        co_await sleep_for(n * 3ms);
        co_return n;
      }(i));
    }
    co_await cohort::each_completed(std::move(all), [&](std::size_t, int n) { order.push_back(n); });
  });
  EXPECT_EQ(order, (std::vector{1, 2, 3}));
}

TEST(deadlock, has_a_name) {
  event_loop loop;
  async_queue<int> queue;
  int ended = 0;
  const auto wait = [&]() -> task<> {
    const counted held{1};
    try {
      co_await queue.take();
    } catch (const cohort::stopped_error&) {
      ++ended;
      throw;
    }
  };
  try {
    loop.run([&]() -> task<> { co_await cohort::when_all(wait(), wait(), wait()); });
    ADD_FAILURE();
  } catch (const cohort::deadlock_error& e) {
    EXPECT_NE(std::string{e.what()}.find("3 task(s) wait"), std::string::npos) << e.what();
  }
  EXPECT_EQ(ended, 3);
  EXPECT_EQ(counted::alive, 0);
  EXPECT_EQ(loop.run(seven()), 7);
}

struct awaited_signal : cohort::waiter {
  bool await_ready() const { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> task) {
    suspend(task);
  }
  void await_resume() const {}
  void stop() noexcept override { wake(); }
};

TEST(mailbox, other_threads_wake_a_loop_that_sleeps) {
  event_loop loop;
  loop.run([&]() -> task<> {
    awaited_signal arrives;
    loop.expect_mail(1);
    std::thread other{[&, box = loop.mail()] {
      std::this_thread::sleep_for(5ms);
      box->post([&] { arrives.wake(); });
    }};
    co_await arrives;
    loop.expect_mail(-1);
    other.join();
  });
}

generator<int> count_to(int n) {
  for (int i = 1; i <= n; ++i) co_yield i;
}
generator<std::string> words(bool break_off) {
  const std::string constant = "const";
  co_yield constant;
  co_yield "temporary";
  if (break_off) throw std::runtime_error{"broken off"};
  std::string mine = "mine";
  co_yield mine;
  co_yield mine;
}
generator<counted> of_counted() {
  const counted inside{9};
  for (int i = 0; i != 3; ++i) co_yield counted{i};
}

TEST(generator_test, is_a_range) {
  static_assert(std::ranges::input_range<generator<int>> && std::ranges::view<generator<int>>);
  int sum = 0;
  for (const int i : count_to(4)) sum += i;
  EXPECT_EQ(sum, 10);
  for (int i : count_to(0)) ADD_FAILURE() << i;
}

TEST(generator_test, gives_what_was_yielded_and_throws) {
  std::vector<std::string> seen;
  for (auto& word : words(false)) seen.push_back(std::move(word));
  EXPECT_EQ(seen, (std::vector<std::string>{"const", "temporary", "mine", ""}));
  seen.clear();
  EXPECT_THROW(
      {
        for (const auto& word : words(true)) seen.push_back(word);
      },
      std::runtime_error);
  EXPECT_EQ(seen.size(), 2U);
  {
    auto half = of_counted();
    auto at = half.begin();
    ++at;
    EXPECT_EQ(*at->value, 1);
  }
  EXPECT_EQ(counted::alive, 0);
}

TEST(loop, sleeps_and_timeouts_for_ever_do_not_end) {
  event_loop loop;
  int woken = 0;
  const auto lie_down = [&](auto time) -> task<> {
    co_await cohort::sleep_for(time);
    ++woken;
  };
  loop.run([&]() -> task<> {
    co_await cohort::when_any(lie_down(std::chrono::hours::max()), lie_down(std::chrono::nanoseconds::max()),
                              lie_down(std::chrono::years{300}), lie_down(std::chrono::duration<double>::max()),
                              cohort::sleep_for(5ms));
    co_await cohort::with_timeout(std::chrono::hours::max(), cohort::sleep_for(5ms));
    co_await cohort::with_timeout(std::chrono::duration<double>::max(), cohort::sleep_for(5ms));
  });
  EXPECT_EQ(woken, 0);
}

TEST(loop, says_if_another_thread_runs_it) {
  event_loop loop;
  loop.run([&]() -> task<> {
    std::string said;
    std::thread{[&] {
      try {
        loop.run([]() -> task<> { co_return; });
      } catch (const cohort::argument_error& e) {
        said = e.what();
      }
    }}.join();
    EXPECT_NE(said.find("in another thread"), std::string::npos) << said;
    co_return;
  });
}

}  // namespace
