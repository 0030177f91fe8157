#pragma once

#include <cohort/pattern/crew/runner.hpp>

#include <functional>
#include <memory>

namespace cohort::crew {

/// What a function made of a task.
struct outcome {
  bool success = false;
  std::vector<std::byte> payload;  ///< the result, or the error
  bool interrupted = false;        ///< neither: ended from outside, as a job that was stopped
};

/// Runs jobs as calls of a function in threads of their own, so that the thread that owns the messages stays free:
/// a long task never keeps the rank from answering, handing back what it has not begun, or (on the root) serving
/// others. The function must not throw, and must not call MPI unless all threads may.
///
/// A function cannot be ended from outside: stop() drops a job only if it has not begun. The destructor waits for
/// jobs that run, unless leave_behind() was called: then their threads go on by themselves, and what the function
/// refers to must stay.
class thread_runner final : public runner {
 public:
  using function = std::function<outcome(job, std::span<const std::byte>)>;

  /// Whether a job is expected to be over before a thread could be woken for it.
  using forecast = std::function<bool(std::span<const std::byte>)>;

  /// `report_starts`: say when a job begins (timeouts need it). With one thread, jobs that are expected to be
  /// `brief` are left to help().
  thread_runner(function run, std::uint32_t threads, bool report_starts, forecast brief = {});
  ~thread_runner() override;

  [[nodiscard]] std::uint32_t slots() const override;
  void accept(job what, std::span<const std::byte> payload) override;
  void stop(job what) override;
  /// The same; false: it does not wait here any more.
  bool withdraw(job what);
  std::vector<job> give_back(std::size_t most) override;
  void collect(std::vector<report>& out, dispatch::duration patience) override;
  bool help(dispatch::duration budget) override;
  [[nodiscard]] bool wants_help() const override;
  void no_help() override;
  [[nodiscard]] std::size_t unfinished() const override;

  /// Gives up waiting for the jobs that run.
  void leave_behind() noexcept;

  /// From a job's own thread: reports `what` (started, or a note) before the job ends.
  void say(report&& what);

 private:
  struct shared;

 public:
  /// A job that waits for others, for as long as this object lives, in the job's own thread: its slot is lent to
  /// them, and a thread made for it if there is none to spare. Throws error if 1000 jobs wait already.
  class hold {
   public:
    explicit hold(thread_runner* of);  ///< null: does nothing
    hold(const hold&) = delete;
    hold& operator=(const hold&) = delete;
    ~hold();

   private:
    std::shared_ptr<shared> of_;
  };

 private:
  std::shared_ptr<shared> shared_;  ///< lives as long as the last thread
  std::size_t unfinished_ = 0;
  bool abandoned_ = false;
};

}  // namespace cohort::crew
