#pragma once

#include <cohort/core/detail/owned.hpp>
#include <cohort/pattern/pipeline/detail/item_place.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>

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
    /// In that thread: puts what has been made where the owner finds it. Nothing is there.
    virtual void put_out() {}

    item_place at;
    std::exception_ptr failure = {};
    std::int64_t took = 0;  ///< nanoseconds, without those in which it waited

   private:
    friend stage_team;
    bool over_ = false;  ///< guarded by the team's mutex, and so the next
    bool out_ = false;   ///< something has been put out and not been taken
    std::int64_t waited_ = 0;
  };
  /// The job that was started first.
  struct found {
    job* which = nullptr;
    bool over = false;  ///< or it makes more, and something of it has been put out
  };

  explicit stage_team(std::size_t threads);
  stage_team(const stage_team&) = delete;
  stage_team& operator=(const stage_team&) = delete;
  /// Waits for the jobs that run, none of which is let make more than it has; drops the others.
  ~stage_team();

  [[nodiscard]] std::size_t threads() const noexcept;
  /// No job is here.
  [[nodiscard]] bool empty() const noexcept;
  /// As many are here as should be: some for each thread, so that none waits behind one that takes long.
  [[nodiscard]] bool full() const noexcept;
  void start(std::unique_ptr<job> next);
  /// The job that was started first, if it is over or has put something out, or does before `patience` ends.
  [[nodiscard]] found first(std::chrono::nanoseconds patience);
  /// What first() found has been taken: that job goes on. @{
  void taken() noexcept;
  /// The same if it is over: the next one is the first.
  [[nodiscard]] std::unique_ptr<job> take_over();
  /// @}

  /// For a job, in its thread: when what was put out before has been taken, put_out(). So a job that is not the
  /// first waits with its second lot, until it is. Throws pipeline_stopped if the team ends.
  void put_out(job& mine);

 private:
  struct state;  ///< jobs, threads and locks: their headers are not for every user's program
  owned<state> state_;
};

}  // namespace cohort::detail
