#pragma once

#include <cohort/journal/fingerprint.hpp>
#include <cohort/journal/writer.hpp>
#include <cohort/pattern/executor/detail/task_home.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <typeinfo>
#include <unordered_map>
#include <vector>

namespace cohort::detail {

/// The results of tasks that the body submits, in a journal: found there by the task's function, its arguments, and
/// how often both have been submitted before. In memory are 50 bytes for each result of earlier runs, and for each
/// submission of this one. Any thread.
class executor_journal {
 public:
  /// Opens the journal, or makes it. Throws error.
  explicit executor_journal(const std::string& file);

  /// The task is submitted: its result, if an earlier run has recorded it; else it gets its name in the core, and
  /// is to be run. If the journal cannot be read, it is run too, and close() throws.
  [[nodiscard]] std::optional<std::vector<std::byte>> find(const task_frame& task,
                                                           const travel::module_table& modules, future_core& core);
  /// A task that find() has named has this result. What goes wrong is said on standard error, once, and thrown by
  /// close().
  void record(const future_core& core, std::span<const std::byte> result) noexcept;
  /// Throws the first error there was.
  void close();

  /// How many results were found.
  [[nodiscard]] std::uint64_t reused() const;

 private:
  [[nodiscard]] journal::fingerprint name_of(const task_frame& task, const travel::module_table& modules,
                                             const std::type_info& result);
  [[nodiscard]] journal::fingerprint name_of_call(const std::type_info& call);

  mutable std::mutex mutex_;
  std::unordered_map<journal::fingerprint, std::uint64_t> recorded_;   ///< where the records are
  std::unordered_map<journal::fingerprint, std::uint64_t> submitted_;  ///< how often
  std::unordered_map<const std::type_info*, journal::fingerprint> calls_;
  std::unordered_map<journal::fingerprint, const std::type_info*> names_;
  std::uint64_t reused_ = 0;
  std::exception_ptr failure_;
  journal::writer writer_;  ///< last: its reader fills the tables above
};

}  // namespace cohort::detail
