#include <cohort/core/error.hpp>
#include <cohort/pattern/executor/detail/store_file.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <sqlite3.h>
#include <system_error>

namespace cohort::detail {
namespace {

constexpr int patience = 10'000;  // ms
constexpr std::int64_t schema = 1;
constexpr std::int64_t application = 0x636f6872;  // "cohr"

constexpr const char* table =
    "CREATE TABLE tasks(id TEXT PRIMARY KEY NOT NULL, run TEXT NOT NULL, number INTEGER NOT NULL, name TEXT, "
    "type TEXT, state TEXT NOT NULL, attempts INTEGER, rank INTEGER, host TEXT, submitted INTEGER, started "
    "INTEGER, "
    "ended INTEGER, changed INTEGER NOT NULL, seconds REAL, result BLOB, error_type TEXT, error TEXT, "
    "reason INTEGER, reused INTEGER NOT NULL DEFAULT 0)";

constexpr const char* columns =
    "SELECT id, run, number, name, type, state, attempts, rank, host, submitted, started, ended, seconds, result, "
    "error_type, error, reason, reused FROM tasks ORDER BY submitted, number";
constexpr const char* one_row =
    "SELECT id, run, number, name, type, state, attempts, rank, host, submitted, started, ended, seconds, result, "
    "error_type, error, reason, reused FROM tasks WHERE id = ?1";

constexpr const char* upsert =
    "INSERT INTO tasks(id, run, number, name, type, state, attempts, rank, host, submitted, started, ended, "
    "seconds, "
    "result, error_type, error, reason, changed) "
    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18) "
    "ON CONFLICT(id) DO UPDATE SET run = excluded.run, number = excluded.number, name = excluded.name, "
    "type = excluded.type, state = excluded.state, attempts = excluded.attempts, rank = excluded.rank, "
    "host = excluded.host, submitted = excluded.submitted, started = excluded.started, ended = excluded.ended, "
    "seconds = excluded.seconds, result = excluded.result, error_type = excluded.error_type, error = "
    "excluded.error, "
    "reason = excluded.reason, changed = excluded.changed, "
    "reused = CASE WHEN run = excluded.run AND number = excluded.number THEN reused ELSE 0 END "
    "WHERE run <> excluded.run OR number <= excluded.number";

task_state state_of(std::string_view name) {
  for (const auto each : {task_state::pending, task_state::started, task_state::retrying, task_state::succeeded,
                          task_state::failed}) {
    if (name == to_string(each)) return each;
  }
  return task_state::revoked;
}

std::int64_t count_of(stored_task::time_point time) {
  return time.time_since_epoch().count();
}

}  // namespace

/// One use of a prepared statement.
class store_file::statement {
 public:
  statement(store_file& of, const char* sql) : of_{of}, it_{of.prepared(sql)} {}
  statement(const statement&) = delete;
  statement& operator=(const statement&) = delete;
  ~statement() {
    sqlite3_reset(it_);
    sqlite3_clear_bindings(it_);  // what was bound is the caller's
  }

  void bind(int at, const std::string& text) {
    check(sqlite3_bind_text64(it_, at, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8));
  }
  void bind(int at, std::int64_t value) { check(sqlite3_bind_int64(it_, at, value)); }
  void bind(int at, double value) { check(sqlite3_bind_double(it_, at, value)); }
  void bind(int at, const std::vector<std::byte>& bytes) {
    check(bytes.empty() ? sqlite3_bind_zeroblob(it_, at, 0)
                        : sqlite3_bind_blob64(it_, at, bytes.data(), bytes.size(), SQLITE_STATIC));
  }

  /// True: there is a row.
  bool step() {
    const int status = sqlite3_step(it_);
    if (status == SQLITE_ROW) return true;
    if (status != SQLITE_DONE) of_.fail("cannot be used");
    return false;
  }

  [[nodiscard]] std::int64_t number(int column) const { return sqlite3_column_int64(it_, column); }
  [[nodiscard]] double real(int column) const { return sqlite3_column_double(it_, column); }
  [[nodiscard]] std::string text(int column) const {
    const auto* const bytes = sqlite3_column_text(it_, column);
    if (bytes == nullptr) return {};
    return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(it_, column))};
  }
  [[nodiscard]] std::vector<std::byte> blob(int column) const {
    const auto* const bytes = static_cast<const std::byte*>(sqlite3_column_blob(it_, column));
    if (bytes == nullptr) return {};
    return {bytes, bytes + sqlite3_column_bytes(it_, column)};
  }
  [[nodiscard]] stored_task::time_point time(int column) const {
    return stored_task::time_point{std::chrono::nanoseconds{number(column)}};
  }

  [[nodiscard]] store_row row() const {
    store_row made;
    auto& task = made.task;
    task.id = text(0);
    task.run = text(1);
    made.number = static_cast<std::uint64_t>(number(2));
    task.name = text(3);
    task.type = text(4);
    task.state = state_of(text(5));
    task.attempts = static_cast<std::uint32_t>(number(6));
    task.rank = static_cast<int>(number(7));
    task.host = text(8);
    task.submitted = time(9);
    task.started = time(10);
    task.ended = time(11);
    task.seconds = real(12);
    made.result = blob(13);
    task.bytes = made.result.size();
    task.error_type = text(14);
    task.error = text(15);
    task.reason = static_cast<dispatch::end_reason>(number(16));
    task.reused = static_cast<std::uint64_t>(number(17));
    return made;
  }

 private:
  void check(int status) const {
    if (status != SQLITE_OK) of_.fail("cannot be used");
  }
  store_file& of_;
  sqlite3_stmt* it_;
};

store_file::store_file(std::string path, opening how) : path_{std::move(path)} {
  std::error_code ignored;
  if (how == opening::existing && !std::filesystem::exists(path_, ignored)) {
    throw error{
        fmt::format("result store {}: there is no such file (an executor with executor_options::store makes "
                    "it); look for it where rank 0 ran",
                    path_)};
  }
  const int flags = SQLITE_OPEN_READWRITE | (how == opening::make ? SQLITE_OPEN_CREATE : 0);
  try {
    if (sqlite3_open_v2(path_.c_str(), &db_, flags, nullptr) != SQLITE_OK) fail("cannot be opened");
    if (how == opening::make && sqlite3_db_readonly(db_, "main") == 1) {
      throw error{fmt::format(
          "result store {}: it cannot be written (it is read-only); name a file that this user may write", path_)};
    }
    sqlite3_busy_timeout(db_, patience);
    prepare_schema(how);
  } catch (...) {
    close();
    throw;
  }
}

store_file::~store_file() {
  roll_back();
  close();
}

void store_file::close() noexcept {
  for (const auto& each : statements_) sqlite3_finalize(each.second);
  statements_.clear();
  sqlite3_close(db_);
  db_ = nullptr;
}

void store_file::prepare_schema(opening how) {
  const auto objects = number("SELECT count(*) FROM sqlite_master");
  if (objects == 0 && how == opening::make) {
    use_wal();
    begin();
    // Another program may have been faster.
    if (number("SELECT count(*) FROM sqlite_master") == 0) {
      run(table);
      run(fmt::format("PRAGMA user_version = {}", schema).c_str());
      run(fmt::format("PRAGMA application_id = {}", application).c_str());
    }
    commit();
  }
  if (number("PRAGMA application_id") != application) {
    throw error{
        fmt::format("result store {}: it is not a result store (a database of another program); name another "
                    "file",
                    path_)};
  }
  const auto found = number("PRAGMA user_version");
  if (found != schema) {
    throw error{
        fmt::format("result store {}: its schema is version {} (this cohort knows version {}); use the cohort "
                    "that wrote it, or name another file",
                    path_, found, schema)};
  }
  run("PRAGMA synchronous = FULL");
}

/// Two programs that make one file at the same moment: the switch fails at once, whatever the time-out.
void store_file::use_wal() {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds{patience};
  while (sqlite3_exec(db_, "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr) != SQLITE_OK) {
    if (sqlite3_errcode(db_) != SQLITE_BUSY || std::chrono::steady_clock::now() >= until) fail("cannot be written");
    sqlite3_sleep(10);
  }
}

void store_file::fail(std::string_view what) const {
  const int code = db_ == nullptr ? SQLITE_NOMEM : sqlite3_errcode(db_);
  const char* const why = db_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(db_);
  const char* advice = "see whether its disk and its folder are in order";
  if (code == SQLITE_NOTADB) {
    what = "is no database";
    advice = "name another file, or remove this one";
  } else if (code == SQLITE_CANTOPEN || code == SQLITE_READONLY) {
    advice = "name a file that this user may write, in a folder that exists and may be written too";
  } else if (code == SQLITE_BUSY) {
    advice = "end the program that holds it";
  } else if (code == SQLITE_FULL) {
    advice = "make room on its disk";
  } else if (code == SQLITE_TOOBIG) {
    advice = "keep results of less than 10^9 bytes";
  }
  throw error{fmt::format("result store {}: it {} ({}); {}", path_, what, why, advice)};
}

sqlite3_stmt* store_file::prepared(const char* sql) {
  for (const auto& each : statements_) {
    if (each.first == sql) return each.second;
  }
  sqlite3_stmt* made = nullptr;
  if (sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr) != SQLITE_OK)
    fail("cannot be used");
  return statements_.emplace_back(sql, made).second;
}

void store_file::run(const char* sql) {
  if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail("cannot be written");
}

std::int64_t store_file::number(const char* sql) {
  sqlite3_stmt* made = nullptr;
  std::int64_t found = 0;
  bool read = sqlite3_prepare_v2(db_, sql, -1, &made, nullptr) == SQLITE_OK;
  if (read) {
    read = sqlite3_step(made) == SQLITE_ROW;
    if (read) found = sqlite3_column_int64(made, 0);
    if (sqlite3_finalize(made) != SQLITE_OK) read = false;
  }
  if (!read) fail("cannot be read");
  return found;
}

void store_file::begin() {
  if (open_) return;
  run("BEGIN IMMEDIATE");
  open_ = true;
}

void store_file::commit() {
  if (!open_) return;
  run("COMMIT");
  open_ = false;
}

void store_file::roll_back() noexcept {
  if (!open_) return;
  sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
  open_ = false;
}

void store_file::put(const store_row& row) {
  const auto& task = row.task;
  const std::string state = to_string(task.state);
  statement into{*this, upsert};
  into.bind(1, task.id);
  into.bind(2, task.run);
  into.bind(3, static_cast<std::int64_t>(row.number));
  into.bind(4, task.name);
  into.bind(5, task.type);
  into.bind(6, state);
  into.bind(7, std::int64_t{task.attempts});
  into.bind(8, std::int64_t{task.rank});
  into.bind(9, task.host);
  into.bind(10, count_of(task.submitted));
  into.bind(11, count_of(task.started));
  into.bind(12, count_of(task.ended));
  into.bind(13, task.seconds);
  into.bind(14, row.result);
  into.bind(15, task.error_type);
  into.bind(16, task.error);
  into.bind(17, static_cast<std::int64_t>(task.reason));
  into.bind(18, count_of(now()));
  into.step();
}

std::optional<store_row> store_file::find(const std::string& id) {
  statement from{*this, one_row};
  from.bind(1, id);
  if (!from.step()) return std::nullopt;
  return from.row();
}

void store_file::each(const std::function<void(store_row&&)>& visit) {
  statement from{*this, columns};
  while (from.step()) visit(from.row());
}

void store_file::count_reuse(const std::string& id) {
  statement into{*this, "UPDATE tasks SET reused = reused + 1, changed = ?2 WHERE id = ?1"};
  into.bind(1, id);
  into.bind(2, count_of(now()));
  into.step();
}

bool store_file::forget(const std::string& id) {
  statement from{*this, "DELETE FROM tasks WHERE id = ?1"};
  from.bind(1, id);
  from.step();
  return sqlite3_changes(db_) != 0;
}

std::size_t store_file::expire(std::chrono::nanoseconds age) {
  statement from{*this, "DELETE FROM tasks WHERE changed < ?1"};
  from.bind(1, count_of(now() - age));
  from.step();
  return static_cast<std::size_t>(sqlite3_changes(db_));
}

stored_task::time_point store_file::now() {
  return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

}  // namespace cohort::detail
