#include "farm/result_files.hpp"

#include "farm/errors.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace cohort_farm {
namespace {

farm_error failed(const std::string& path, int error) {
  return farm_error{
      fmt::format("cannot write {} ({}); check that --results names a directory with room that every "
                  "rank may write to",
                  path, std::strerror(error))};
}

/// A file of its own, whatever the name meant before.
descriptor create(const std::string& path) {
  for (int attempt = 0; attempt != 100; ++attempt) {  // another rank may be doing the same
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw failed(path, errno);
    descriptor fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)};
    if (fd) {
      fd.lift();
      return fd;
    }
    if (errno != EEXIST) throw failed(path, errno);
  }
  throw failed(path, EEXIST);
}

}  // namespace

std::string result_files::path(std::uint64_t seq, std::string_view name) const {
  return fmt::format("{}/{}/{}", directory_, seq, name);
}

result_files::opened result_files::open(std::uint64_t seq) const {
  const auto directory = fmt::format("{}/{}", directory_, seq);
  if (::mkdir(directory.c_str(), 0777) != 0 && errno != EEXIST) {
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) throw failed(directory, error.value());
  }
  const auto status = path(seq, "status");
  if (::unlink(status.c_str()) != 0 && errno != ENOENT) throw failed(status, errno);
  return {create(path(seq, "stdout")), create(path(seq, "stderr"))};
}

std::uint64_t result_files::size(const descriptor& file) {
  struct stat about {};
  return ::fstat(file.get(), &about) == 0 ? static_cast<std::uint64_t>(about.st_size) : 0;
}

bool result_files::is(const std::string& name, const descriptor& file) {
  struct stat named {};
  struct stat held {};
  return ::stat(name.c_str(), &named) == 0 && ::fstat(file.get(), &held) == 0 && named.st_dev == held.st_dev &&
         named.st_ino == held.st_ino;
}

void result_files::check() const {
  std::error_code error;
  std::filesystem::create_directories(directory_, error);
  if (error) throw failed(directory_, error.value());
  auto name = directory_ + "/.cohort-farm.XXXXXX";
  const descriptor fd{::mkostemp(name.data(), O_CLOEXEC)};
  if (!fd) throw failed(directory_, errno);
  ::unlink(name.c_str());
}

void result_files::finish(const completion& how, const opened& files, std::string_view line,
                          std::string_view host) const {
  const auto standing = path(how.seq, "stdout");
  if (!is(standing, files.out)) return;
  const auto text = fmt::format(
      "exitval\t{}\nsignal\t{}\nattempt\t{}\nhost\t{}\nstart\t{:.3f}\nruntime\t{:.3f}\n"
      "command\t{}\n",
      how.exit_status, how.signal, how.attempt + 1, host, how.start, how.runtime, line);
  const auto name = path(how.seq, "status");
  const auto temporary = fmt::format("{}.{}.{}", name, host, ::getpid());
  const auto fd = create(temporary);
  {
    std::string_view rest = text;
    while (!rest.empty()) {
      const auto wrote = ::write(fd.get(), rest.data(), rest.size());
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote <= 0) {
        const int error = wrote < 0 ? errno : ENOSPC;
        ::unlink(temporary.c_str());
        throw failed(name, error);
      }
      rest.remove_prefix(static_cast<std::size_t>(wrote));
    }
  }
  if (::rename(temporary.c_str(), name.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    throw failed(name, error);
  }
  // The later attempt may have come in between.
  if (!is(standing, files.out) && is(name, fd)) ::unlink(name.c_str());
}

}  // namespace cohort_farm
