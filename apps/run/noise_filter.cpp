#include "run/noise_filter.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace cohort_run {
namespace {

constexpr std::size_t longest = 512;  ///< of a line of noise

/// [host:pid] PMIX ERROR: ...
constexpr char begins = '[';

/// Of PMIx, when ranks are lost; and of mpirun, whose ssh has begun to run before its process group was set.
constexpr std::array<std::string_view, 2> noises{"] PMIX ERROR: BAD-PARAM in file ",
                                                 "] plm:rsh: Warning: setpgid("};

}  // namespace

bool noise_filter::noise(std::string_view line) {
  return !line.empty() && line.front() == begins && line.size() <= longest &&
         std::any_of(noises.begin(), noises.end(),
                     [line](std::string_view each) { return line.find(each) != std::string_view::npos; });
}

bool noise_filter::may_become_noise(std::string_view begun) {
  return !begun.empty() && begun.front() == begins && begun.size() <= longest;
}

std::string noise_filter::pass(std::string_view bytes) {
  std::string out;
  kept_.append(bytes);
  std::string_view left{kept_};
  while (!left.empty()) {
    const auto end = left.find('\n');
    const auto line = left.substr(0, end == std::string_view::npos ? left.size() : end + 1);
    if (end == std::string_view::npos) {
      if (!mid_line_ && may_become_noise(line)) break;
      out.append(line);
      mid_line_ = true;
    } else {
      if (mid_line_ || !noise(line)) out.append(line);
      mid_line_ = false;
    }
    left.remove_prefix(line.size());
  }
  kept_ = std::string{left};
  return out;
}

std::string noise_filter::rest() {
  if (!kept_.empty()) mid_line_ = true;
  return std::exchange(kept_, {});
}

}  // namespace cohort_run
