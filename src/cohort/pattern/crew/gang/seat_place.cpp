#include <cohort/pattern/crew/gang/seat_place.hpp>

#include <algorithm>
#include <vector>

namespace cohort::crew {

/// A seat that waits: can be told to stop as long as this object lives.
class seat_place::waiting {
 public:
  waiting(seat_place& of, job seat) : of_{of} {
    const std::lock_guard lock{of_.mutex_};
    const key mine{seat.task, seat.attempt};
    place_ = of_.stops_.emplace(mine, &stop_).first;
    auto& early = of_.stopped_early_;
    stop_ = std::find(early.begin(), early.end(), mine) != early.end();
  }
  waiting(const waiting&) = delete;
  waiting& operator=(const waiting&) = delete;
  ~waiting() {
    const std::lock_guard lock{of_.mutex_};
    of_.stops_.erase(place_);
  }
  [[nodiscard]] const std::atomic<bool>& stop() const noexcept { return stop_; }

 private:
  seat_place& of_;
  std::atomic<bool> stop_{false};
  decltype(stops_)::iterator place_;
};

std::optional<communicator> seat_place::take(job seat) {
  if (!in_company_) return desk_.alone();
  const waiting here{*this, seat};
  return desk_.take(seat, here.stop(), [&](std::vector<std::byte>&& note) {
    const std::lock_guard lock{mutex_};
    if (runner_ != nullptr) runner_->say({report::kind::note, seat, {}, std::move(note)});
  });
}

void seat_place::attach(thread_runner* runner) {
  const std::lock_guard lock{mutex_};
  runner_ = runner;
}

void seat_place::stop(job seat) {
  const std::lock_guard lock{mutex_};
  const key which{seat.task, seat.attempt};
  if (const auto found = stops_.find(which); found != stops_.end()) {
    *found->second = true;
    desk_.stopped();
    return;
  }
  // Perhaps a thread has just taken it, and is about to wait.
  constexpr std::size_t most = 64;
  stopped_early_.push_back(which);
  if (stopped_early_.size() > most) stopped_early_.pop_front();
}

}  // namespace cohort::crew
