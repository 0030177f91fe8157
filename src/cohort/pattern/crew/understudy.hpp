#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace cohort::crew {

/// Lets one thread both keep watch (over messages) and now and then do something that should be brief, without that
/// the watch is ever left for long: if it turns out not to be brief, a second thread keeps watch until it is over.
///
///   understudy other{[&] { look at messages }};
///   for (;;) {
///     { std::lock_guard turn{other.turn()}; look at messages; }
///     other.play([&] { run something });
///   }
class understudy {
 public:
  /// `watch` is called with turn() held, again and again; it should sleep a little if there is nothing to do.
  explicit understudy(std::function<void()> watch);
  understudy(const understudy&) = delete;
  understudy& operator=(const understudy&) = delete;
  ~understudy();

  /// To be held by the first thread while it keeps watch.
  [[nodiscard]] std::mutex& turn() noexcept { return turn_; }

  /// Calls act() in this thread, without turn(). If that takes longer than half a millisecond or so, the watch goes
  /// on in the other thread until it returns. What the watch throws there is thrown here then.
  template <class Act>
  void play(const Act& act) {
    {
      const curtain falls{playing_};
      begin();
      act();
    }
    if (failed_.load(std::memory_order_acquire)) [[unlikely]]
      std::rethrow_exception(failure_);
  }

 private:
  struct curtain {
    explicit curtain(std::atomic<bool>& playing) noexcept : playing_{playing} {}
    curtain(const curtain&) = delete;
    curtain& operator=(const curtain&) = delete;
    ~curtain() { playing_.store(false, std::memory_order_release); }
    std::atomic<bool>& playing_;
  };

  void begin();
  void live();
  bool keep_watch() noexcept;
  [[nodiscard]] bool still(std::uint64_t act) const noexcept;

  std::function<void()> watch_;
  std::mutex turn_;
  std::atomic<std::uint64_t> acts_{0};
  std::atomic<bool> playing_{false};
  std::atomic<bool> sleeping_{true};  ///< nothing has been played for a while
  std::atomic<bool> failed_{false};
  std::exception_ptr failure_;  ///< of the watch, once failed_ is true
  std::mutex mutex_;
  std::condition_variable wake_;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace cohort::crew
