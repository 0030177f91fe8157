#pragma once

#include <cohort/core/detail/watch.hpp>
#include <cohort/observe/detail/book.hpp>
#include <cohort/observe/detail/side_channel.hpp>
#include <cohort/observe/roll_call.hpp>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace cohort::observe::detail {

/// The watchdog of a process: a thread that looks at the book now and then, and tells rank 0's, which calls the
/// roll when nothing moves anywhere.
class guard {
 public:
  guard(book& what, cohort::detail::watch_settings settings, int rank, int ranks, std::string host);
  guard(const guard&) = delete;
  guard& operator=(const guard&) = delete;
  ~guard();

  /// On rank 0; what all others are to be told.
  [[nodiscard]] meeting_point invite();
  void begin(const meeting_point& where);
  /// Ends the thread. `say_so`: the others go on.
  void end(bool say_so) noexcept;

 private:
  using clock = book::clock;
  /// What rank 0 knows of a rank.
  struct known {
    sockaddr_in at{};
    bool reachable = false;
    bool left = false;
    bool answered = false;
    std::uint64_t moves = 0;
    clock::time_point moved{};
    presence answer;
  };

  void run() noexcept;
  void hear(const side_channel::letter& l);
  void hear_as_hub(const side_channel::letter& l);
  void beat();
  void moved(known& of, std::uint64_t moves);
  void consider();
  void ask();
  void conclude(clock::time_point still);
  void answer(std::uint32_t question);
  [[noreturn]] static void end_process();

  book& book_;
  cohort::detail::watch_settings settings_;
  int rank_;
  std::string host_;
  clock::duration limit_;
  clock::duration tick_;
  side_channel channel_;
  int wake_ = -1;
  std::vector<sockaddr_in> hub_;  ///< candidates until one has answered
  bool welcomed_ = false;
  std::atomic<bool> ending_{false};
  std::thread thread_;
  clock::time_point die_at_ = clock::time_point::max();

  // Of rank 0 alone:
  std::vector<known> all_;
  bool asking_ = false;
  std::uint32_t question_ = 0;
  clock::time_point asked_{};
  clock::time_point ask_again_{};
  clock::time_point told_{};  ///< the standstill that was told has this beginning
};

}  // namespace cohort::observe::detail
