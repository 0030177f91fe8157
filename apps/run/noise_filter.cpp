#include "run/noise_filter.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

namespace cohort_run {
namespace {

using std::string_view;

constexpr std::size_t longest_line = 512;
constexpr std::size_t longest_box = 1024;

/// [host:pid] PMIX ERROR: ...
constexpr char begins = '[';

/// Of PMIx, when ranks are lost; and of mpirun, whose ssh has begun to run before its process group was set.
constexpr std::array<string_view, 2> noises{"] PMIX ERROR: BAD-PARAM in file ", "] plm:rsh: Warning: setpgid("};

/// Above and below a box.
constexpr string_view rule = "--------------------------------------------------------------------------\n";
constexpr std::array<string_view, 2> boxes{
    "Primary job  terminated normally, but ",
    "mpirun detected that one or more processes exited with non-zero status"};

/// How text begins: with noise of so many bytes (0: with none), or with what may become some (nothing).
using finding = std::optional<std::size_t>;

finding line_at(string_view text) {
  if (text.front() != begins) return 0;
  const auto end = text.substr(0, longest_line).find('\n');
  if (end == string_view::npos) return text.size() < longest_line ? finding{} : 0;
  const auto line = text.substr(0, end + 1);
  const bool noise = std::any_of(noises.begin(), noises.end(),
                                 [line](string_view each) { return line.find(each) != string_view::npos; });
  return noise ? line.size() : 0;
}

bool may_go_on_as(string_view text, string_view other) {
  return text.substr(0, other.size()) == other.substr(0, text.size());
}

finding box_at(string_view text) {
  if (!may_go_on_as(text, rule)) return 0;
  if (text.size() <= rule.size()) return std::nullopt;
  const auto inside = text.substr(rule.size());
  if (std::none_of(boxes.begin(), boxes.end(), [inside](string_view each) { return may_go_on_as(inside, each); }))
    return 0;
  const auto end = inside.find(rule);
  if (end != string_view::npos) return rule.size() + end + rule.size();
  return text.size() < longest_box ? finding{} : 0;
}

}  // namespace

std::string noise_filter::pass(string_view bytes) {
  std::string out;
  kept_.append(bytes);
  string_view left{kept_};
  while (!left.empty()) {
    if (!mid_line_) {
      const auto line = line_at(left);
      const auto box = box_at(left);
      if (!line || !box) break;
      if (*line != 0 || (*box != 0 && told_())) {
        left.remove_prefix(*line + *box);
        continue;
      }
    }
    const auto end = left.find('\n');
    const auto printed = left.substr(0, end == string_view::npos ? left.size() : end + 1);
    out.append(printed);
    mid_line_ = end == string_view::npos;
    left.remove_prefix(printed.size());
  }
  kept_ = std::string{left};
  return out;
}

std::string noise_filter::rest() {
  if (!kept_.empty()) mid_line_ = kept_.back() != '\n';
  return std::exchange(kept_, {});
}

}  // namespace cohort_run
