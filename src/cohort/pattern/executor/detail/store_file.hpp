#pragma once

#include <cohort/pattern/executor/stored_task.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace cohort::detail {

/// A row of a result store. `task.type` is the type's mangled name, which all compilers here agree on.
struct store_row {
  stored_task task;
  std::uint64_t number = 0;  ///< of the task in its run; greater is newer
  std::vector<std::byte> result;
};

/// A result store's SQLite file. All members throw error with the file's name and SQLite's reason. One thread at a
/// time.
class store_file {
 public:
  enum class opening { existing, make };
  store_file(std::string path, opening how);
  store_file(const store_file&) = delete;
  store_file& operator=(const store_file&) = delete;
  ~store_file();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  /// Until commit() or roll_back(); no effect within a transaction.
  void begin();
  void commit();
  void roll_back() noexcept;

  /// Takes the place of the row of the same id, unless that is of a later task of the same run.
  void put(const store_row& row);
  [[nodiscard]] std::optional<store_row> find(const std::string& id);
  void each(const std::function<void(store_row&&)>& visit);
  void count_reuse(const std::string& id);
  bool forget(const std::string& id);
  std::size_t expire(std::chrono::nanoseconds age);

  [[nodiscard]] static stored_task::time_point now();

 private:
  class statement;
  [[noreturn]] void fail(std::string_view what) const;
  void run(const char* sql);
  [[nodiscard]] std::int64_t number(const char* sql);
  void prepare_schema(opening how);
  void use_wal();
  void close() noexcept;
  /// The prepared statement for this text, which must be a literal.
  [[nodiscard]] sqlite3_stmt* prepared(const char* sql);

  std::string path_;
  sqlite3* db_ = nullptr;
  std::vector<std::pair<const char*, sqlite3_stmt*>> statements_;
  bool open_ = false;  ///< within a transaction
};

}  // namespace cohort::detail
