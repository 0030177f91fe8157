#include <cohort/journal/detail/holder.hpp>
#include <cohort/journal/error.hpp>

#include <array>
#include <cerrno>
#include <fstream>
#include <string>
#include <sys/file.h>
#include <unistd.h>

namespace cohort::journal::detail {
namespace {

std::string this_process() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host = {'?'};
  return "process " + std::to_string(::getpid()) + " on " + host.data();
}

std::string who_holds(const std::string& name) {
  std::ifstream in{name};
  std::string line;
  std::getline(in, line);
  constexpr std::size_t longest = 300;
  if (line.empty() || line.size() > longest) return "another process";
  return line;
}

}  // namespace

holder::holder(int fd, const std::string& file) : name_{file + ".holder"} {
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    throw journal_error{"the journal " + file + " is in use (" + who_holds(name_) +
                        " writes to it); wait until that has ended, or name another journal"};
  }
  std::ofstream{name_, std::ios::trunc} << this_process() << '\n';  // if it cannot be, the message will be poorer
}

holder::~holder() {
  (void)::unlink(name_.c_str());
}

}  // namespace cohort::journal::detail
