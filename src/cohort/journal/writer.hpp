#pragma once

#include <cohort/journal/detail/file_handle.hpp>
#include <cohort/journal/detail/holder.hpp>
#include <cohort/journal/detail/system.hpp>
#include <cohort/journal/error.hpp>
#include <cohort/journal/fingerprint.hpp>
#include <cohort/journal/reader.hpp>
#include <cohort/journal/record.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace cohort::journal {

struct writer_options {
  /// How long a record may be in the file before the disk has it. Of all that came meanwhile a thread of the writer
  /// makes sure at a time (fdatasync: 0.3 ms on a fast disk, 10 ms on a slow one).
  std::chrono::nanoseconds commit_within = std::chrono::milliseconds{100};
  detail::system* through = nullptr;  ///< for tests; outlives the writer. Null: the operating system
};

/// Adds records to the end of a journal.
///
///   journal::writer log{"run.journal", of, [](const journal::record& found) { ... }};
///   log.append(task_ended, bytes);
///
/// What append() has returned for survives the end of the process, however it ends: it has been given to the
/// kernel, by one pwrite (1 us), since nothing that stays in the process's memory survives a SIGKILL. Who has
/// several records at a time, as of one round of an event loop, add()s them and then calls write_out() once.
/// commit_within later it also survives the end of the machine; flush() waits for that.
///
/// If the file cannot be written (disk full, quota, I/O error), what is left of the record is taken away again, the
/// call throws journal_error, and so does each later one: a journal with a gap would lie. All records that were
/// written before are whole.
///
/// Any thread may call any member.
class writer {
 public:
  /// Opens a journal of `of`, or makes one, and shows what is in it. What a crash has left at its end of records
  /// that were not whole is cut off. Throws other_owner_error if the journal belongs to something else;
  /// journal_error if the file cannot be opened or made, if it is damaged (see read()), and if another process
  /// writes to it, whose name the message says; nothing is changed then. Throws what `show` throws. Blocks while
  /// the file is read, and for one commit if it is new.
  writer(const std::string& file, const fingerprint& of, const visitor& show = {}, const writer_options& how = {});
  writer(const writer&) = delete;
  writer& operator=(const writer&) = delete;
  /// As close(), but what goes wrong stays unsaid.
  ~writer();

  /// Adds a record and gives it to the kernel, with all that add() has kept. Throws journal_error (see above);
  /// argument_error for a kind of 0 or from first_reserved_kind on, and for more than most_bytes.
  void append(std::uint32_t kind, std::span<const std::byte> bytes);
  /// Adds a record, but keeps it in memory until write_out(), append(), flush(), or until 64 KiB are kept. Throws
  /// as append().
  void add(std::uint32_t kind, std::span<const std::byte> bytes);
  /// Gives to the kernel what add() has kept. Throws journal_error.
  void write_out();
  /// Blocks until the disk has all that was added. Throws journal_error.
  void flush();
  /// flush(), and lets the next writer in; after it the others throw journal_error. The second call does nothing.
  void close();

  /// The record at this offset, as it was shown when the journal was opened. Throws journal_error if it is not
  /// whole any more.
  [[nodiscard]] std::vector<std::byte> fetch(std::uint64_t offset) const;

  /// Bytes up to the end of the last record that was given to the kernel.
  [[nodiscard]] std::uint64_t end() const;
  /// Those of them that are on the disk.
  [[nodiscard]] std::uint64_t committed() const;
  /// What was found when the journal was opened; its `torn` bytes have been cut off.
  [[nodiscard]] const contents& found() const noexcept { return found_; }
  [[nodiscard]] const std::string& file() const noexcept { return file_; }

 private:
  using lock = std::unique_lock<std::mutex>;

  void make(const fingerprint& of);
  void sync();
  void sync_directory();
  void check() const;
  void keep(std::uint32_t kind, std::span<const std::byte> bytes);
  void write_kept();
  void write_all(std::span<const std::byte> bytes, std::uint64_t at);
  void commit(lock& held);
  void mark() noexcept;
  [[noreturn]] void fail(const char* verb, int problem);
  void commit_in_time();
  void start_thread();
  void stop_thread();

  std::string file_;
  detail::system machine_;
  detail::system& system_;
  std::chrono::nanoseconds commit_within_;
  detail::file_handle handle_;
  std::optional<detail::holder> holder_;  ///< behind the handle: the lock outlives it
  contents found_;
  std::uint64_t salt_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable news_;
  std::vector<std::byte> kept_;  ///< whole records, to be written at end_
  std::uint64_t end_ = 0;
  std::uint64_t written_ = 0;  ///< end of the last record that is not a mark
  std::uint64_t committed_ = 0;
  std::optional<std::chrono::steady_clock::time_point> due_;  ///< of the next commit, if there is something
  std::string problem_;                                       ///< why nothing can be appended any more
  bool closing_ = false;
  std::thread committer_;
};

}  // namespace cohort::journal
