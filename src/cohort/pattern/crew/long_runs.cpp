#include <cohort/pattern/crew/clock.hpp>
#include <cohort/pattern/crew/long_runs.hpp>

#include <chrono>

namespace cohort::crew {
namespace {

constexpr dispatch::duration long_enough = std::chrono::milliseconds{100};

}  // namespace

/// As long as it lives the job runs.
class long_runs::presence {
 public:
  presence(long_runs& of, job what) : of_{of} {
    const std::lock_guard lock{of_.mutex_};
    place_ = of_.running_.emplace(std::pair{what.task, what.attempt}, run{now()});
  }
  presence(const presence&) = delete;
  presence& operator=(const presence&) = delete;
  ~presence() {
    const std::lock_guard lock{of_.mutex_};
    of_.running_.erase(place_);
  }

 private:
  long_runs& of_;
  decltype(running_)::iterator place_;
};

thread_runner::function long_runs::watched(const std::shared_ptr<long_runs>& by, thread_runner::function inner) {
  return [by, call = std::move(inner)](job what, std::span<const std::byte> payload) {
    const presence here{*by, what};
    return call(what, payload);
  };
}

void long_runs::tell(std::vector<report>& out) {
  const auto moment = now();
  const std::lock_guard lock{mutex_};
  if (moment < next_) return;
  next_ = moment + long_enough;
  for (auto& [key, each] : running_) {
    const auto ran = moment - each.begun;
    if (each.told || ran < long_enough) continue;
    each.told = true;
    out.push_back({report::kind::started, {key.first, key.second}, ran, {}});
  }
}

}  // namespace cohort::crew
