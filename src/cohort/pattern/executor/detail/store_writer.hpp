#pragma once

#include <cohort/pattern/executor/detail/keeping.hpp>
#include <cohort/pattern/executor/detail/store_file.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <typeinfo>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cohort::detail {

/// A task's row, and whether it waits to be written. Guarded by the writer's mutex, but for the first members.
class kept_task {
 public:
  kept_task(std::shared_ptr<store_writer> to, std::string task_id)
      : writer{std::move(to)}, id{std::move(task_id)} {}

  const std::shared_ptr<store_writer> writer;
  const std::string id;
  const std::type_info* function = nullptr;
  store_row row;
  bool queued = false;
};

/// Writes what becomes of tasks to a result store, in a thread of its own: a task's changes within one interval are
/// one write, and all writes of an interval one transaction.
class store_writer {
 public:
  /// Opens the file, or makes it; forgets what is older than `expires` (zero: nothing). Throws error.
  store_writer(const std::string& path, std::chrono::nanoseconds expires);
  store_writer(const store_writer&) = delete;
  store_writer& operator=(const store_writer&) = delete;
  ~store_writer();

  /// Writes all that is known, and ends. Throws the first error there was.
  void close();

  [[nodiscard]] std::string next_id(std::uint64_t number) const;
  [[nodiscard]] std::uint64_t next_number() noexcept { return numbers_.fetch_add(1, std::memory_order_relaxed); }
  [[nodiscard]] const std::string& run() const noexcept { return run_; }
  [[nodiscard]] const std::string& path() const { return file_.path(); }
  [[nodiscard]] std::uint64_t reused() const noexcept { return reused_.load(std::memory_order_relaxed); }

  /// Calls change(row), and writes the row before long.
  template <class Change>
  void change(const std::shared_ptr<kept_task>& task, Change&& change) {
    const std::lock_guard lock{mutex_};
    change(task->row);
    if (task->queued) return;
    task->queued = true;
    queue_.push_back(task);
    if (queue_.size() == 1 || queue_.size() == most_queued) wake_.notify_one();
  }

  /// Calls change(row), which is not written before change() is called.
  template <class Change>
  void change_later(kept_task& task, Change&& change) {
    const std::lock_guard lock{mutex_};
    change(task.row);
  }

  /// The result of a task that has succeeded, in this run or an earlier one.
  [[nodiscard]] std::optional<store_row> find_result(const std::string& id);
  void count_reuse(const std::string& id);

 private:
  static constexpr std::size_t most_queued = 20'000;
  static constexpr std::chrono::milliseconds interval{50};

  void work();
  void write_queued();
  void flush() noexcept;
  /// use(), and a commit before long. An error is the store's end.
  template <class Use>
  auto use_file(Use&& use);
  [[nodiscard]] const std::string& name_of(const std::type_info& function);

  std::string run_;
  std::atomic<std::uint64_t> numbers_{0};
  std::atomic<std::uint64_t> reused_{0};

  std::mutex mutex_;  ///< of the queue and the rows in it; never held while the file is written
  std::condition_variable wake_;
  std::vector<std::shared_ptr<kept_task>> queue_;
  bool uncommitted_ = false;
  bool closing_ = false;

  std::mutex file_mutex_;  ///< taken before the other
  store_file file_;
  std::unordered_map<const std::type_info*, std::string> names_;
  std::exception_ptr failure_;

  std::thread thread_;
};

}  // namespace cohort::detail
