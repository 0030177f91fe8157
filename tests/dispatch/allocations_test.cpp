#include <cohort/dispatch/scheduler.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <vector>

namespace {
std::size_t allocations = 0;  // one thread
}  // namespace

// The whole binary counts. Not inlined, or the compiler takes new and free for a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

using namespace cohort::dispatch;

namespace {

/// Lets worker 0 run everything at once, until nothing is left.
void run_all(scheduler& s, duration took) {
  std::vector<assign> todo;
  do {
    todo.clear();
    while (auto a = s.next()) {
      if (auto* one = std::get_if<assign>(&*a)) todo.push_back(std::move(*one));
    }
    for (const assign& a : todo) {
      for (const attempt_ref ref : a.attempts) s.succeeded(a.worker, ref, took, {});
    }
  } while (!todo.empty());
}

}  // namespace

TEST(Allocations, FewPerTaskWhenManyAreAddedFirst) {
  constexpr int tasks = 100'000;
  scheduler s;
  s.worker_joined(0, 1);
  const std::size_t before = allocations;
  for (int i = 0; i < tasks; ++i) s.add();
  run_all(s, duration{1'000});
  EXPECT_EQ(s.totals().succeeded, static_cast<std::uint64_t>(tasks));
  EXPECT_LT(allocations - before, tasks / 50);  // a page per 256 tasks, a vector per message
}

TEST(Allocations, OnlyTheMessageForATaskThatComesAlone) {
  scheduler s;
  s.worker_joined(0, 1);
  const auto one_by_one = [&](int tasks) {
    for (int i = 0; i < tasks; ++i) {
      s.add();
      run_all(s, duration{1'000'000});
    }
  };
  one_by_one(2'000);
  const std::size_t before = allocations;
  one_by_one(10'000);
  // The assign's vector and this test's own; the page directory allocates once in a while.
  EXPECT_LT(allocations - before, 2 * 10'000 + 100);
}
