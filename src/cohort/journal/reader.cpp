#include <cohort/journal/detail/file_handle.hpp>
#include <cohort/journal/detail/scan.hpp>
#include <cohort/journal/reader.hpp>

#include <cerrno>
#include <cstring>
#include <fcntl.h>

namespace cohort::journal {
namespace {

contents read_file(const std::string& file, const fingerprint* of, const visitor& show) {
  // O_NONBLOCK: a pipe of that name shall be refused, not waited for.
  const detail::file_handle handle{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!handle) {
    const int problem = errno;
    throw journal_error{
        "cannot open the journal " + file + " (" + std::strerror(problem) + "); " +
        (problem == ENOENT ? "name one that an earlier run has made" : "choose one that you may read")};
  }
  detail::file_source from{handle.get(), file};
  const auto header = detail::read_header(from, of);
  if (!header) return {{}, 0, 0, from.size()};
  return detail::scan(from, *header, show);
}

}  // namespace

contents read(const std::string& file, const fingerprint& of, const visitor& show) {
  return read_file(file, &of, show);
}

contents read(const std::string& file, const visitor& show) {
  return read_file(file, nullptr, show);
}

}  // namespace cohort::journal
