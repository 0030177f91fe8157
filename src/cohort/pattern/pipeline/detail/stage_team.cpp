#include <cohort/pattern/crew/clock.hpp>
#include <cohort/pattern/pipeline/detail/conduit.hpp>
#include <cohort/pattern/pipeline/detail/stage_team.hpp>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace cohort::detail {

struct stage_team::state {
  std::deque<std::unique_ptr<job>> jobs;  ///< the owner's alone
  std::mutex mutex;                       ///< for all below
  std::condition_variable_any work;
  std::condition_variable news;
  std::condition_variable room;
  std::deque<job*> waiting;
  const job* awaited = nullptr;
  bool ending = false;
  std::vector<std::jthread> threads;

  void live(const std::stop_token& end, std::size_t thread);
};

stage_team::stage_team(std::size_t threads) : state_{owned<state>::make()} {
  auto& own = *state_;
  own.threads.reserve(threads);
  for (std::size_t i = 0; i != threads; ++i) {
    own.threads.emplace_back([&own, i](const std::stop_token& end) { own.live(end, i); });
  }
}

stage_team::~stage_team() {
  auto& own = *state_;
  {
    const std::lock_guard lock{own.mutex};
    own.waiting.clear();
    own.ending = true;
  }
  own.room.notify_all();
  for (auto& t : own.threads) t.request_stop();
  own.threads.clear();
}

std::size_t stage_team::threads() const noexcept {
  return state_->threads.size();
}

bool stage_team::empty() const noexcept {
  return state_->jobs.empty();
}

bool stage_team::full() const noexcept {
  return state_->jobs.size() >= 4 * state_->threads.size();
}

void stage_team::start(std::unique_ptr<job> next) {
  auto& own = *state_;
  {
    const std::lock_guard lock{own.mutex};
    own.waiting.push_back(next.get());
  }
  own.jobs.push_back(std::move(next));
  own.work.notify_one();
}

stage_team::found stage_team::first(std::chrono::nanoseconds patience) {
  auto& own = *state_;
  if (own.jobs.empty()) return {};
  auto& oldest = *own.jobs.front();
  const auto has_news = [&oldest] { return oldest.over_ || oldest.out_; };
  std::unique_lock lock{own.mutex};
  if (!has_news() && patience > std::chrono::nanoseconds{0}) {
    own.awaited = &oldest;
    own.news.wait_for(lock, patience, has_news);
    own.awaited = nullptr;
  }
  if (!has_news()) return {};
  return {&oldest, oldest.over_};
}

void stage_team::taken() noexcept {
  auto& own = *state_;
  {
    const std::lock_guard lock{own.mutex};
    own.jobs.front()->out_ = false;
  }
  own.room.notify_all();
}

std::unique_ptr<stage_team::job> stage_team::take_over() {
  auto& own = *state_;
  auto result = std::move(own.jobs.front());
  own.jobs.pop_front();
  return result;
}

void stage_team::put_out(job& mine) {
  auto& own = *state_;
  std::unique_lock lock{own.mutex};
  if (mine.out_) {
    const auto begun = crew::now();
    own.room.wait(lock, [&] { return !mine.out_ || own.ending; });
    mine.waited_ += (crew::now() - begun).count();
  }
  if (own.ending) throw pipeline_stopped{};
  mine.put_out();
  mine.out_ = true;
  if (own.awaited == &mine) own.news.notify_one();
}

void stage_team::state::live(const std::stop_token& end, std::size_t thread) {
  std::unique_lock lock{mutex};
  while (work.wait(lock, end, [this] { return !waiting.empty(); })) {
    auto& mine = *waiting.front();
    waiting.pop_front();
    lock.unlock();
    const auto begun = crew::now();
    try {
      mine.run(thread);
    } catch (...) {
      mine.failure = std::current_exception();
    }
    mine.took = (crew::now() - begun).count() - mine.waited_;
    lock.lock();
    mine.over_ = true;
    if (awaited == &mine) news.notify_one();
  }
}

}  // namespace cohort::detail
