#include "bench/communication/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace cohort_bench {
namespace {

constexpr auto layout = "{:<40} {:>11} {:>8} {:>6} {:>8} {:>8} {:>9}  {}\n";

std::string time_text(double seconds) {
  if (seconds < 1e-6) return fmt::format("{:.0f} ns", seconds * 1e9);
  if (seconds < 1e-3) return fmt::format("{:.2f} us", seconds * 1e6);
  return fmt::format("{:.2f} ms", seconds * 1e3);
}

}  // namespace

std::string table_head() {
  return fmt::format(fmt::runtime(layout), "operation", "by hand", "cohort", "bar", "control", "+-", "Boost.MPI",
                     "");
}

std::string table_line(const figures& what) {
  return fmt::format(fmt::runtime(layout), what.name, time_text(what.hand_seconds),
                     fmt::format("{:.3f}", what.ratio), fmt::format("{:.2f}", what.bar),
                     fmt::format("{:.3f}", what.control_ratio), fmt::format("{:.3f}", what.control_spread),
                     what.boost_ratio == 0 ? "-" : fmt::format("{:.2f}", what.boost_ratio), text(judge(what)));
}

std::string closing_line(const std::vector<figures>& all, int ranks, const settings& how) {
  const auto count = [&](verdict which) {
    return std::count_if(all.begin(), all.end(), [&](const auto& each) { return judge(each) == which; });
  };
  auto line = fmt::format("{} ranks, medians of {} rounds; {} of {} bars missed by more than the control's spread",
                          ranks, how.rounds, count(verdict::missed), all.size());
  if (const auto noisy = count(verdict::too_noisy); noisy != 0) {
    line +=
        fmt::format("; {} too noisy to judge (the spread is wider than {}: use an idle machine, or more --rounds)",
                    noisy, how.tolerance);
  }
  return line + "\n";
}

std::string json(const std::vector<figures>& all, int ranks, const settings& how) {
  nlohmann::ordered_json result{
      {"ranks", ranks}, {"rounds", how.rounds}, {"block_seconds", how.block_seconds}, {"tolerance", how.tolerance}};
  auto& list = result["contests"] = nlohmann::ordered_json::array();
  for (const auto& each : all) {
    nlohmann::ordered_json entry{
        {"name", each.name}, {"hand_seconds", each.hand_seconds},   {"ratio", each.ratio},
        {"bar", each.bar},   {"control_ratio", each.control_ratio}, {"control_spread", each.control_spread}};
    if (each.boost_ratio != 0) entry["boost_ratio"] = each.boost_ratio;
    entry["missed"] = judge(each) == verdict::missed;
    entry["verdict"] = text(judge(each));
    list.push_back(std::move(entry));
  }
  return result.dump(2);
}

}  // namespace cohort_bench
