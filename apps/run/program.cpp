#include "run/program.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace cohort_run {
namespace {

/// 0 if it is a file that may be executed, else an error number.
int why_not(const std::string& file) {
  struct stat is {};
  if (::stat(file.c_str(), &is) != 0) return errno;
  if (S_ISDIR(is.st_mode)) return EISDIR;
  return ::access(file.c_str(), X_OK) == 0 ? 0 : errno;
}

}  // namespace

std::optional<std::string> cannot_start(const std::string& name, const std::optional<std::string>& path) {
  if (name.find('/') != std::string::npos) {
    const int error = why_not(name);
    if (error == 0) return std::nullopt;
    return std::strerror(error);
  }
  std::string_view left{path ? std::string_view{*path} : std::string_view{"/usr/local/bin:/usr/bin:/bin"}};
  for (bool more = true; more;) {
    const auto end = left.find(':');
    const auto folder = left.substr(0, end);
    if (why_not(std::string{folder.empty() ? "." : folder} + "/" + name) == 0) return std::nullopt;
    more = end != std::string_view::npos;
    if (more) left.remove_prefix(end + 1);
  }
  return "no executable file of this name is in PATH";
}

bool has_ranks_here(const options& how, const situation& where) {
  const auto is_here = [&](const auto& host) { return host.name == where.this_host; };
  if (!how.hostfile.empty() || !how.hosts.empty()) {
    return std::any_of(where.hosts.hosts.begin(), where.hosts.hosts.end(), is_here);
  }
  if (where.given.slurm) {
    return std::any_of(where.given.slurm->nodes.begin(), where.given.slurm->nodes.end(), is_here);
  }
  return !where.environment("OMPI_MCA_orte_default_hostfile");
}

}  // namespace cohort_run
