#pragma once

#include <cohort/core/buffer.hpp>
#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/request.hpp>
#include <cohort/pattern/rank_error.hpp>
#include <cohort/pattern/travel/module_table.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>

namespace cohort::detail {

/// The exception being handled, of an update's function.
[[nodiscard]] rank_failure describe_update_failure(const communicator& comm);

/// Questions that any rank asks any other, answered there by a thread of its own, whatever the rank does meanwhile.
/// With one rank there is nobody to ask, and no thread.
class map_service {
 public:
  /// Called by the thread that answers, one question at a time.
  using answerer = std::function<buffer<std::byte>(std::span<const std::byte>)>;

  /// Collective. Throws argument_error, on every rank, unless MPI allows thread_level::multiple on all.
  map_service(const communicator& comm, answerer answer, const call_site& where);
  map_service(const map_service&) = delete;
  map_service& operator=(const map_service&) = delete;
  ~map_service();

  /// Collective: blocks until all ranks have come here, answering meanwhile. False if `patience` ends first: then
  /// the thread goes on by itself, and this object must stay.
  [[nodiscard]] bool stop(std::optional<std::chrono::nanoseconds> patience);

  /// Blocks until the answer has come. Throws rank_error if answering it has thrown. Any thread.
  [[nodiscard]] buffer<std::byte> ask(int rank, const buffer<std::byte>& question, const call_site& where);

  [[nodiscard]] const communicator& comm() const noexcept { return questions_; }
  [[nodiscard]] const travel::module_table& modules() const noexcept { return modules_; }

 private:
  void serve();
  bool answer_one();

  communicator questions_;  ///< tag: that of the answer
  communicator answers_;
  travel::module_table modules_;
  answerer answer_;
  std::atomic<int> asked_{0};
  std::mutex mutex_;
  request<void> all_here_;  ///< under mutex_
  bool leaving_ = false;    ///< under mutex_: all_here_ has begun
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

}  // namespace cohort::detail
