#include "run/start_watch.hpp"

#include <algorithm>
#include <array>

namespace cohort_run {
namespace {

/// How lines of Open MPI 4.1's help texts begin.
constexpr std::array<std::string_view, 2> complaints{"mpirun was unable to launch the specified application",
                                                     "ORTE was unable to reliably start one or more daemons"};
constexpr std::size_t longest = 64;  ///< of a line's beginning that is kept

bool complains(std::string_view line) {
  return std::any_of(complaints.begin(), complaints.end(),
                     [line](std::string_view each) { return line.substr(0, each.size()) == each; });
}

}  // namespace

void start_watch::see(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto part = bytes.substr(0, end);
    if (line_.size() < longest) line_.append(part.substr(0, longest - line_.size()));
    if (complains(line_)) failed_ = true;
    if (end == std::string_view::npos) return;
    line_.clear();
    bytes.remove_prefix(end + 1);
  }
}

}  // namespace cohort_run
