#pragma once

#include <cohort/pattern/crew/drain_watch.hpp>
#include <cohort/pattern/crew/thread_runner.hpp>
#include <cohort/pattern/executor/detail/rank_services.hpp>

#include <memory>
#include <utility>

namespace cohort::detail {

/// One rank's half of an executor: threads that run tasks, and what the tasks need.
class task_runner final : public crew::runner {
 public:
  /// `helped`: somebody calls help(), while another thread can answer the root.
  task_runner(std::shared_ptr<rank_services> services, std::uint32_t threads, bool helped,
              const crew::drain_watch& watch)
      : services_{std::move(services)},
        inner_{watch.watched([s = services_](crew::job of, std::span<const std::byte> payload) {
                 return s->run(of, payload);
               }),
               threads, false, helped ? forecast_of(services_) : crew::thread_runner::forecast{}} {
    services_->attach(&inner_);
  }
  task_runner(const task_runner&) = delete;
  task_runner& operator=(const task_runner&) = delete;
  ~task_runner() override { services_->attach(nullptr); }

  [[nodiscard]] std::uint32_t slots() const override { return inner_.slots(); }
  void accept(crew::job what, std::span<const std::byte> payload) override { inner_.accept(what, payload); }
  void stop(crew::job what) override {
    if (!inner_.withdraw(what)) services_->request_stop(what);
  }
  std::vector<crew::job> give_back(std::size_t most) override { return inner_.give_back(most); }
  void message(std::span<const std::byte> text) override { services_->hear(text); }
  void collect(std::vector<crew::report>& out, dispatch::duration patience) override {
    inner_.collect(out, patience);
  }
  bool help(dispatch::duration budget) override { return inner_.help(budget); }
  [[nodiscard]] bool wants_help() const override { return inner_.wants_help(); }
  void no_help() override { inner_.no_help(); }
  [[nodiscard]] std::size_t unfinished() const override { return inner_.unfinished(); }
  void leave_behind() noexcept { inner_.leave_behind(); }

 private:
  static crew::thread_runner::forecast forecast_of(const std::shared_ptr<rank_services>& services) {
    return [s = services](std::span<const std::byte> payload) { return s->expects_brief(payload); };
  }

  std::shared_ptr<rank_services> services_;
  crew::thread_runner inner_;
};

}  // namespace cohort::detail
