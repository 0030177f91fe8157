#include "farm/joblog.hpp"

#include "farm/errors.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cohort_farm {
namespace {

farm_error failed(std::string_view verb, const std::string& name, int error, std::string_view remedy) {
  return farm_error{fmt::format("cannot {} the log {} ({}); {}", verb, name, std::strerror(error), remedy)};
}

std::string read_log(int fd, const std::string& name) {
  std::string text;
  struct stat about {};
  if (::fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) return text;
  text.resize(static_cast<std::size_t>(about.st_size));
  std::size_t used = 0;
  while (used != text.size()) {
    const auto got = ::pread(fd, text.data() + used, text.size() - used, static_cast<off_t>(used));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw failed("read", name, errno, "check its file system");
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  text.resize(used);
  return text;
}

/// Without what a killed run left unfinished at the end.
std::string_view whole_lines(std::string_view text, const std::string& name) {
  text = text.substr(0, text.find_last_not_of('\0') + 1);
  const auto whole = text.substr(0, text.rfind('\n') + 1);
  if (whole.empty() && joblog_header.substr(0, text.size()) != text) {
    throw farm_error{
        fmt::format("{} is no log (it does not begin with the line Seq, Host, Starttime ...); name the "
                    "log of an earlier run, or a new file",
                    name)};
  }
  return whole;
}

void cut(int fd, std::size_t size, const std::string& name) {
  // A device cannot be cut, and need not be.
  if (::ftruncate(fd, static_cast<off_t>(size)) != 0 && errno != EINVAL) {
    throw failed("shorten", name, errno, "check its permissions");
  }
}

}  // namespace

std::string joblog_line(const joblog_entry& what) {
  return fmt::format("{}\t{}\t{:.3f}\t{:10.3f}\t{}\t{}\t{}\t{}\t{}\n", what.seq, what.host, what.start,
                     what.runtime, what.sent, what.received, what.exit_value, what.signal, what.command);
}

joblog joblog::open(const std::string& file) {
  descriptor fd{::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666)};
  if (!fd) {
    const int error = errno;
    throw failed("open", file, error,
                 error == ENOENT   ? "make its directory first"
                 : error == EISDIR ? "name a file"
                                   : "choose a place where you may write");
  }
  // Not every file system has locks; such a run goes on without.
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    throw farm_error{
        fmt::format("the log {} is in use (another run writes to it); wait for that run, or name another "
                    "log",
                    file)};
  }
  return {std::move(fd), file};
}

joblog joblog::create(const std::string& file) {
  auto log = open(file);
  cut(log.file_.get(), 0, file);
  log.write(joblog_header);
  return log;
}

joblog joblog::resume(const std::string& file, const task_list& tasks) {
  auto log = open(file);
  const auto text = read_log(log.file_.get(), file);
  const auto whole = whole_lines(text, file);
  if (!whole.empty()) log.ended_ = read_joblog(whole, tasks, file);
  if (whole.size() != text.size()) cut(log.file_.get(), whole.size(), file);
  if (whole.empty()) log.write(joblog_header);
  return log;
}

logged_ends joblog::look(const std::string& file, const task_list& tasks) {
  const descriptor fd{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd) {
    const int error = errno;
    if (error == ENOENT) return {};
    throw failed("open", file, error, "choose one that you may read");
  }
  const auto text = read_log(fd.get(), file);
  const auto whole = whole_lines(text, file);
  return whole.empty() ? logged_ends{} : read_joblog(whole, tasks, file);
}

void joblog::append(const joblog_entry& what) {
  write(joblog_line(what));
}

void joblog::write(std::string_view text) {
  while (!text.empty()) {
    const auto wrote = ::write(file_.get(), text.data(), text.size());
    if (wrote > 0) {
      text.remove_prefix(static_cast<std::size_t>(wrote));
    } else if (wrote == 0 || errno != EINTR) {
      throw failed("write to", name_, wrote == 0 ? ENOSPC : errno,
                   "make room, then go on with --resume (tasks that ended since are run again)");
    }
  }
}

void joblog::sync() {
  // EINVAL: a device, which has nothing to wait for.
  if (::fdatasync(file_.get()) != 0 && errno != EINVAL && errno != EROFS) {
    throw failed("write to", name_, errno, "check its file system, then go on with --resume");
  }
}

}  // namespace cohort_farm
