#include "farm/result_files.hpp"

#include "farm/errors.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>

namespace cohort_farm {
namespace {

farm_error failed(const std::string& path, int error) {
  return farm_error{
      fmt::format("cannot write {} ({}); check that --results names a directory with room that every "
                  "rank may write to",
                  path, std::strerror(error))};
}

descriptor create(const std::string& path) {
  descriptor fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)};
  if (!fd) throw failed(path, errno);
  fd.lift();
  return fd;
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

std::uint64_t result_files::size(std::uint64_t seq, stream which) const {
  struct stat about {};
  const auto name = path(seq, which == stream::out ? "stdout" : "stderr");
  return ::stat(name.c_str(), &about) == 0 ? static_cast<std::uint64_t>(about.st_size) : 0;
}

void result_files::finish(const completion& how, std::string_view line, std::string_view host) const {
  const auto text = fmt::format(
      "exitval\t{}\nsignal\t{}\nattempt\t{}\nhost\t{}\nstart\t{:.3f}\nruntime\t{:.3f}\n"
      "command\t{}\n",
      how.exit_status, how.signal, how.attempt + 1, host, how.start, how.runtime, line);
  const auto name = path(how.seq, "status");
  const auto temporary = fmt::format("{}.{}.{}", name, host, ::getpid());
  {
    const auto fd = create(temporary);
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
}

}  // namespace cohort_farm
