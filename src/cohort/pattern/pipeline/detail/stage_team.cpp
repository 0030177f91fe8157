#include <cohort/pattern/crew/clock.hpp>
#include <cohort/pattern/pipeline/detail/conduit.hpp>
#include <cohort/pattern/pipeline/detail/stage_team.hpp>

#include <utility>

namespace cohort::detail {

stage_team::stage_team(std::size_t threads) {
  threads_.reserve(threads);
  for (std::size_t i = 0; i != threads; ++i) {
    threads_.emplace_back([this, i](const std::stop_token& end) { live(end, i); });
  }
}

stage_team::~stage_team() {
  {
    const std::lock_guard lock{mutex_};
    waiting_.clear();
    ending_ = true;
  }
  room_.notify_all();
  for (auto& t : threads_) t.request_stop();
  threads_.clear();
}

void stage_team::start(std::unique_ptr<job> next) {
  {
    const std::lock_guard lock{mutex_};
    waiting_.push_back(next.get());
  }
  jobs_.push_back(std::move(next));
  work_.notify_one();
}

stage_team::found stage_team::first(std::chrono::nanoseconds patience) {
  if (jobs_.empty()) return {};
  auto& oldest = *jobs_.front();
  const auto has_news = [&oldest] { return oldest.over_ || oldest.out_; };
  std::unique_lock lock{mutex_};
  if (!has_news() && patience > std::chrono::nanoseconds{0}) {
    awaited_ = &oldest;
    news_.wait_for(lock, patience, has_news);
    awaited_ = nullptr;
  }
  if (!has_news()) return {};
  return {&oldest, oldest.over_};
}

void stage_team::taken() noexcept {
  {
    const std::lock_guard lock{mutex_};
    jobs_.front()->out_ = false;
  }
  room_.notify_all();
}

std::unique_ptr<stage_team::job> stage_team::take_over() {
  auto result = std::move(jobs_.front());
  jobs_.pop_front();
  return result;
}

void stage_team::put_out(job& mine) {
  std::unique_lock lock{mutex_};
  if (mine.out_) {
    const auto begun = crew::now();
    room_.wait(lock, [&] { return !mine.out_ || ending_; });
    mine.waited_ += (crew::now() - begun).count();
  }
  if (ending_) throw pipeline_stopped{};
  mine.put_out();
  mine.out_ = true;
  if (awaited_ == &mine) news_.notify_one();
}

void stage_team::live(const std::stop_token& end, std::size_t thread) {
  std::unique_lock lock{mutex_};
  while (work_.wait(lock, end, [this] { return !waiting_.empty(); })) {
    auto& mine = *waiting_.front();
    waiting_.pop_front();
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
    if (awaited_ == &mine) news_.notify_one();
  }
}

}  // namespace cohort::detail
