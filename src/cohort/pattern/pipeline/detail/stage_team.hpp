#pragma once

#include <cohort/pattern/pipeline/detail/item_place.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace cohort::detail {

/// The threads of a stage. Jobs run at the same time, and are handed back in the order in which they were started.
class stage_team {
 public:
  /// One item. What run() throws is kept.
  class job {
   public:
    explicit job(item_place where) : at{std::move(where)} {}
    job(const job&) = delete;
    job& operator=(const job&) = delete;
    virtual ~job() = default;
    /// In a thread, of which `thread` is the number.
    virtual void run(std::size_t thread) = 0;

    item_place at;
    std::exception_ptr failure = {};
    std::int64_t took = 0;  ///< nanoseconds

   private:
    friend stage_team;
    bool over_ = false;  ///< guarded by the team's mutex
  };

  explicit stage_team(std::size_t threads);
  stage_team(const stage_team&) = delete;
  stage_team& operator=(const stage_team&) = delete;
  /// Waits for the jobs that run; drops the others.
  ~stage_team();

  [[nodiscard]] std::size_t threads() const noexcept { return threads_.size(); }
  /// No job is here.
  [[nodiscard]] bool empty() const noexcept { return jobs_.empty(); }
  /// As many are here as should be: some for each thread, so that none waits behind one that takes long.
  [[nodiscard]] bool full() const noexcept { return jobs_.size() >= 4 * threads_.size(); }
  void start(std::unique_ptr<job> next);
  /// The job that was started first, if it is over, or is before `patience` ends.
  [[nodiscard]] std::unique_ptr<job> first(std::chrono::nanoseconds patience);

 private:
  void live(const std::stop_token& end, std::size_t thread);

  std::deque<std::unique_ptr<job>> jobs_;  ///< the owner's alone
  std::mutex mutex_;                       ///< for all below
  std::condition_variable_any work_;
  std::condition_variable news_;
  std::deque<job*> waiting_;
  const job* awaited_ = nullptr;
  std::vector<std::jthread> threads_;
};

}  // namespace cohort::detail
