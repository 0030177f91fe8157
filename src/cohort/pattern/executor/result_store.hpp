#pragma once

#include <cohort/core/detail/owned.hpp>
#include <cohort/pattern/detail/nothing.hpp>
#include <cohort/pattern/executor/stored_task.hpp>
#include <cohort/serial/pack.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

namespace cohort {

namespace detail {
class store_file;
}

/// The tasks that executors have kept in a file (executor_options::store), for any program and any later time: what
/// Celery calls a result backend. No MPI is needed, nor touched. An SQLite database of one table, `tasks`, which
/// other programs may read too; it may be read while an executor writes it, on the same machine.
///
///   cohort::result_store store{"results.db"};
///   for (const auto& task : store.tasks()) std::cout << task.id << ' ' << to_string(task.state) << '\n';
///   auto page = store.get<std::string>("page 7");
///
/// All members throw error if the file cannot be read (or written, for those that change it). One thread at a time.
class result_store {
 public:
  /// Throws error if there is no such file, or it is not a result store that this version of cohort knows.
  explicit result_store(const std::string& file);
  result_store(result_store&&) noexcept;
  result_store& operator=(result_store&&) noexcept;
  ~result_store();

  /// All tasks, in the order of their submission.
  [[nodiscard]] std::vector<stored_task> tasks() const;
  [[nodiscard]] std::optional<stored_task> find(const std::string& id) const;

  /// The task's result. Throws task_error (or cancelled_error) if it failed (or was revoked), with the type and
  /// message of what it threw; argument_error if no such task is known, or its result is of another type; error if
  /// it has not ended. Types are compared by name: a class that was changed since is not noticed.
  template <class T>
  [[nodiscard]] T get(const std::string& id) const {
    const auto bytes = result(id, typeid(T));
    if constexpr (!std::is_void_v<T>) {
      try {
        return serial::unpack<T>(bytes);
      } catch (const std::exception& e) {
        throw_unreadable(id, e.what());
      }
    }
  }

  /// Forgets a task: whether it was there.
  bool forget(const std::string& id);
  /// Forgets tasks of which nothing has been heard for so long: how many.
  std::size_t expire(std::chrono::nanoseconds age);

 private:
  [[nodiscard]] std::vector<std::byte> result(const std::string& id, const std::type_info& type) const;
  [[noreturn]] void throw_unreadable(const std::string& id, const char* why) const;

  detail::owned<detail::store_file> file_;
};

}  // namespace cohort
