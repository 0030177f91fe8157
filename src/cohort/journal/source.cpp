#include <cohort/journal/detail/source.hpp>
#include <cohort/journal/error.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

namespace cohort::journal::detail {
namespace {

std::uint64_t length_of_file(int fd, const std::string& name) {
  struct stat about {};
  if (::fstat(fd, &about) != 0) {
    throw journal_error{"cannot read the journal " + name + " (" + std::strerror(errno) +
                        "); check its file system"};
  }
  if (!S_ISREG(about.st_mode)) {
    throw journal_error{name + " cannot be a journal (it is no regular file); name a file"};
  }
  return static_cast<std::uint64_t>(about.st_size);
}

}  // namespace

file_source::file_source(int fd, const std::string& name) : source{length_of_file(fd, name), name}, fd_{fd} {}

std::size_t file_source::read(std::uint64_t at, std::span<std::byte> to) {
  std::size_t used = 0;
  while (used != to.size()) {
    const auto got = ::pread(fd_, to.data() + used, to.size() - used, static_cast<off_t>(at + used));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      throw journal_error{"cannot read the journal " + name() + " at byte " + std::to_string(at + used) + " (" +
                          std::strerror(errno) + "); check its file system"};
    }
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  return used;
}

std::size_t memory_source::read(std::uint64_t at, std::span<std::byte> to) {
  const auto from = static_cast<std::size_t>(std::min<std::uint64_t>(at, bytes_.size()));
  const auto n = std::min(to.size(), bytes_.size() - from);
  if (n != 0) std::memcpy(to.data(), bytes_.data() + from, n);
  return n;
}

}  // namespace cohort::journal::detail
