// What must compile of coroutines: the other cases that await, run or discard something differ from this in one
// thing.
#include <cohort/async.hpp>
#include <cohort/pattern/executor.hpp>

#include <string>
#include <utility>
#include <vector>

cohort::task<int> answer();

cohort::task<> use(const cohort::communicator& world, cohort::request<int>& coming, cohort::channel<int>& numbers) {
  auto kept = answer();
  (void)co_await std::move(kept);
  co_await coming;
  (void)co_await world.irecv<int>();
  std::vector<int> room(8);
  co_await world.irecv_into(room, {.source = 0});
  (void)co_await world.async_recv<std::string>();
  co_await world.async_send(room, {.dest = 0});
  co_await numbers.async_send(1);
  (void)co_await numbers.async_recv();
  (void)co_await cohort::when_any(world.irecv<int>(), answer(), answer);
  co_await cohort::scope::run([](cohort::scope& s) -> cohort::task<> {
    s.spawn(answer);
    co_return;
  });
}

cohort::task<> use_futures(const cohort::executor& pool) {
  const auto kept = pool.submit([](int x) { return x; }, 1);
  (void)co_await cohort::when_all(kept, pool.submit([](int x) { return x; }, 2));
}

cohort::generator<int> count() {
  co_yield 1;
}

int run(cohort::event_loop& loop) {
  auto kept = answer();
  return loop.run(std::move(kept)) + loop.run(answer());
}
