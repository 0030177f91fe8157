#pragma once

#include <cohort/pattern/crew/gang/seat_place.hpp>
#include <cohort/pattern/crew/thread_runner.hpp>

#include <memory>
#include <utility>

namespace cohort::crew {

/// Threads that run jobs, and what is said to these of the others that run them too.
class seat_runner final : public runner {
 public:
  /// `place`: null if no job calls MPI. Jobs are started, for who wants to know, when all ranks of them are there:
  /// those of one rank by a report if `report_starts`, the others are the root's to tell.
  seat_runner(thread_runner::function run, std::uint32_t threads, bool report_starts,
              std::shared_ptr<seat_place> place)
      : place_{std::move(place)}, inner_{std::move(run), threads, report_starts && !in_company()} {
    if (place_) place_->attach(&inner_);
  }
  seat_runner(const seat_runner&) = delete;
  seat_runner& operator=(const seat_runner&) = delete;
  ~seat_runner() override {
    if (place_) place_->attach(nullptr);
  }

  [[nodiscard]] std::uint32_t slots() const override { return inner_.slots(); }
  void accept(job what, std::span<const std::byte> payload) override { inner_.accept(what, payload); }
  void stop(job what) override {
    if (!inner_.withdraw(what) && in_company()) place_->stop(what);
  }
  std::vector<job> give_back(std::size_t most) override { return inner_.give_back(most); }
  void message(std::span<const std::byte> text) override {
    if (in_company()) place_->hear(text);
  }
  void collect(std::vector<report>& out, dispatch::duration patience) override { inner_.collect(out, patience); }
  [[nodiscard]] std::size_t unfinished() const override { return inner_.unfinished(); }
  void leave_behind() noexcept { inner_.leave_behind(); }

 private:
  [[nodiscard]] bool in_company() const noexcept { return place_ && place_->in_company(); }

  std::shared_ptr<seat_place> place_;
  thread_runner inner_;
};

}  // namespace cohort::crew
