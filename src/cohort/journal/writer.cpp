#include <cohort/journal/detail/format.hpp>
#include <cohort/journal/detail/scan.hpp>
#include <cohort/journal/detail/source.hpp>
#include <cohort/journal/writer.hpp>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <filesystem>
#include <new>
#include <random>
#include <utility>

namespace cohort::journal {
namespace {

/// More than that is not kept.
constexpr std::size_t most_kept = std::size_t{64} * 1024;

detail::file_handle open_for_writing(const std::string& file) {
  // O_NONBLOCK: a pipe of that name shall be refused, not waited for.
  detail::file_handle handle{::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666)};
  if (handle) return handle;
  const int problem = errno;
  throw journal_error{"cannot open the journal " + file + " (" + std::strerror(problem) + "); " +
                      (problem == ENOENT   ? "make its directory first"
                       : problem == EISDIR ? "name a file"
                                           : "choose a place where you may write")};
}

std::uint64_t new_salt() {
  std::random_device random;
  return (std::uint64_t{random()} << 32) | random();
}

}  // namespace

writer::writer(const std::string& file, const fingerprint& of, const visitor& show, const writer_options& how)
    : file_{file},
      system_{how.through != nullptr ? *how.through : machine_},
      commit_within_{how.commit_within},
      handle_{open_for_writing(file)} {
  detail::file_source from{handle_.get(), file};  // or it is no file that can be locked
  holder_.emplace(handle_.get(), file);
  detail::file_source all{handle_.get(), file};  // another writer may have gone between the two
  const auto header = detail::read_header(all, &of);
  if (!header) {
    make(of);
    return;
  }
  salt_ = header->salt;
  found_ = detail::scan(all, *header, show);
  end_ = written_ = committed_ = found_.end;
  if (found_.torn != 0 && system_.ftruncate(handle_.get(), static_cast<off_t>(end_)) != 0) fail("shorten", errno);
  // A killed writer may have left what the disk does not have yet; what is said to be committed must be.
  if (found_.records != 0) sync();
}

writer::~writer() {
  try {
    close();
  } catch (const std::exception&) {
    // Who wants to know calls close().
  }
  stop_thread();
}

void writer::make(const fingerprint& of) {
  salt_ = new_salt();
  found_ = {of, 0, detail::header_bytes, 0};
  // Of a journal whose making was interrupted there may be some of the header, or zeros.
  if (system_.ftruncate(handle_.get(), 0) != 0) fail("shorten", errno);
  write_all(detail::encode({detail::format_version, of, salt_}), 0);
  end_ = written_ = committed_ = detail::header_bytes;
  sync();
  sync_directory();
}

void writer::sync() {
  while (system_.fdatasync(handle_.get()) != 0) {
    if (errno != EINTR) fail("write to", errno);
  }
}

/// Else the machine may forget that there is such a file.
void writer::sync_directory() {
  const auto parent = std::filesystem::path{file_}.parent_path();
  const auto name = parent.empty() ? std::string{"."} : parent.string();
  const detail::file_handle directory{::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!directory) return;  // one that may be written and not read; it will be written some time
  // Some network file systems cannot, and need not: the server has it.
  if (system_.fsync_directory(directory.get()) != 0 && errno != EINVAL && errno != ENOTSUP) fail("make", errno);
}

void writer::append(std::uint32_t kind, std::span<const std::byte> bytes) {
  const lock held{mutex_};
  keep(kind, bytes);
  write_kept();
}

void writer::add(std::uint32_t kind, std::span<const std::byte> bytes) {
  const lock held{mutex_};
  keep(kind, bytes);
  if (kept_.size() >= most_kept) write_kept();
}

void writer::write_out() {
  const lock held{mutex_};
  check();
  write_kept();
}

void writer::flush() {
  lock held{mutex_};
  check();
  write_kept();
  commit(held);
}

void writer::close() {
  {
    lock held{mutex_};
    if (closing_) return;
    closing_ = true;
    news_.notify_all();
  }
  stop_thread();
  lock held{mutex_};
  std::exception_ptr wrong;
  try {
    check();
    write_kept();
    commit(held);
  } catch (const journal_error&) {
    wrong = std::current_exception();
  }
  if (problem_.empty()) problem_ = "the journal " + file_ + " has been closed; open it again to append to it";
  holder_.reset();
  handle_ = detail::file_handle{};
  if (wrong) std::rethrow_exception(wrong);
}

std::vector<std::byte> writer::fetch(std::uint64_t offset) const {
  const lock held{mutex_};
  check();
  return detail::read_record(handle_.get(), file_, salt_, offset);
}

std::uint64_t writer::end() const {
  const lock held{mutex_};
  return end_;
}

std::uint64_t writer::committed() const {
  const lock held{mutex_};
  return committed_;
}

void writer::check() const {
  if (!problem_.empty()) throw journal_error{problem_};
}

void writer::keep(std::uint32_t kind, std::span<const std::byte> bytes) {
  check();
  if (kind == 0 || kind >= first_reserved_kind) {
    throw argument_error{"journal: a record cannot have the kind " + std::to_string(kind) +
                         " (0 and those from 0x80000000 on are the journal's own); choose another"};
  }
  if (bytes.size() > most_bytes) {
    throw argument_error{"journal: a record cannot have " + std::to_string(bytes.size()) +
                         " bytes (more than 1 GiB); write its parts as records of their own"};
  }
  detail::encode_record(kept_, salt_, end_ + kept_.size(), kind, committed_, bytes);
}

void writer::write_kept() {
  if (kept_.empty()) return;
  write_all(kept_, end_);
  written_ = end_ += kept_.size();
  kept_.clear();
  if (kept_.capacity() > 4 * most_kept) kept_ = {};
  if (due_) return;
  due_ = std::chrono::steady_clock::now() + commit_within_;
  if (!committer_.joinable() && !closing_) start_thread();
  news_.notify_all();
}

void writer::write_all(std::span<const std::byte> bytes, std::uint64_t at) {
  while (!bytes.empty()) {
    const auto wrote = system_.pwrite(handle_.get(), bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (wrote > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(wrote));
      at += static_cast<std::uint64_t>(wrote);
    } else if (wrote == 0 || errno != EINTR) {
      fail("write to", wrote == 0 ? ENOSPC : errno);
    }
  }
}

/// Not under the lock while the disk works. Two threads may be in here at a time, for instance after flush().
void writer::commit(lock& held) {
  due_.reset();
  if (committed_ >= written_) return;
  const auto until = end_;
  held.unlock();
  int problem = 0;
  while (system_.fdatasync(handle_.get()) != 0 && (problem = errno) == EINTR) problem = 0;
  held.lock();
  // The kernel forgets what it could not write: a second try would succeed and mean nothing.
  if (problem != 0) fail("write to", problem);
  check();
  committed_ = std::max(committed_, until);
  mark();
}

/// A record that says what the disk has, so that damage to it is known from what a crash leaves. Nothing waits for
/// it, and if there is no room for it nothing is lost.
void writer::mark() noexcept {
  if (!kept_.empty() || end_ != committed_) return;  // the record that is coming or has come says it
  std::vector<std::byte> bytes;
  try {
    detail::encode_record(bytes, salt_, end_, detail::mark_kind, committed_, {});
  } catch (const std::bad_alloc&) {
    return;
  }
  if (system_.pwrite(handle_.get(), bytes.data(), bytes.size(), static_cast<off_t>(end_)) ==
      static_cast<ssize_t>(bytes.size())) {
    end_ += bytes.size();
  } else {
    (void)system_.ftruncate(handle_.get(), static_cast<off_t>(end_));
  }
}

void writer::fail(const char* verb, int problem) {
  if (problem_.empty()) {
    // What is left of the record that was being written; if that is not possible, the next reader does it.
    if (end_ != 0) (void)system_.ftruncate(handle_.get(), static_cast<off_t>(end_));
    kept_.clear();
    const bool full = problem == ENOSPC || problem == EDQUOT || problem == EFBIG;
    problem_ = std::string{"cannot "} + verb + " the journal " + file_ + " (" + std::strerror(problem) + "); " +
               (full ? "make room" : "check its file system") + ", then go on with the same journal";
  }
  throw journal_error{problem_};
}

void writer::commit_in_time() {
  lock held{mutex_};
  while (!closing_) {
    if (!due_) {
      news_.wait(held);
    } else if (std::chrono::steady_clock::now() < *due_) {
      news_.wait_until(held, *due_);
    } else {
      try {
        commit(held);
      } catch (const journal_error&) {
        return;  // the next call says it
      }
    }
  }
}

/// Signals are for the program's own threads.
void writer::start_thread() {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    committer_ = std::thread{[this] { commit_in_time(); }};
  } catch (...) {
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void writer::stop_thread() {
  if (committer_.joinable()) committer_.join();
}

}  // namespace cohort::journal
