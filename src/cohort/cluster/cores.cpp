#include <cohort/cluster/cores.hpp>
#include <cohort/cluster/detail/number.hpp>
#include <cohort/core/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <set>

namespace cohort::cluster {
namespace {

/// What follows `key` in a file of lines; std::nullopt if it has none.
std::optional<std::string> value_in(const std::string& file, std::string_view key) {
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);) {
    if (line.compare(0, key.size(), key) == 0)
      return std::string{detail::trimmed(std::string_view{line}.substr(key.size()))};
  }
  return std::nullopt;
}

std::vector<unsigned> cpus_or_none(const std::optional<std::string>& list) {
  try {
    return list ? expand_cpu_list(*list) : std::vector<unsigned>{};
  } catch (const argument_error&) {
    return {};
  }
}

/// Of "200000 100000": two CPUs. "max 100000" is no limit.
std::optional<double> quota_of(std::string_view text) {
  const auto amount = detail::to_number<std::uint64_t>(detail::take_until(text, ' '));
  const auto period = detail::to_number<std::uint64_t>(detail::trimmed(text));
  if (!amount || !period || *period == 0) return std::nullopt;
  return static_cast<double>(*amount) / static_cast<double>(*period);
}

/// The least of the limits on the way from this process's cgroup up to the root.
std::optional<double> find_quota(const std::string& root) {
  std::optional<double> least;
  const auto consider = [&least](const std::optional<double>& limit) {
    if (limit && (!least || *limit < *least)) least = limit;
  };
  auto path = value_in(root + "/proc/self/cgroup", "0::").value_or("/");
  for (;;) {
    if (const auto text = value_in(fmt::format("{}/sys/fs/cgroup{}/cpu.max", root, path), ""))
      consider(quota_of(*text));
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) break;
    path.resize(slash);
  }
  return least;
}

/// Threads of one core name the same siblings.
unsigned count_cores(const std::string& root, const std::vector<unsigned>& cpus) {
  std::set<std::string> seen;
  for (const auto cpu : cpus) {
    const auto mates =
        value_in(fmt::format("{}/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", root, cpu), "");
    if (!mates) return static_cast<unsigned>(cpus.size());
    seen.insert(*mates);
  }
  return static_cast<unsigned>(seen.size());
}

}  // namespace

std::vector<unsigned> expand_cpu_list(std::string_view list) {
  constexpr unsigned most = 65536;
  std::vector<unsigned> cpus;
  auto rest = detail::trimmed(list);
  while (!rest.empty()) {
    auto range = detail::take_until(rest, ',');
    const auto first = detail::to_number<unsigned>(detail::take_until(range, '-'));
    const auto last = range.empty() ? first : detail::to_number<unsigned>(range);
    if (!first || !last || *last < *first || *last >= most) {
      throw argument_error{
          fmt::format("'{}' is not a list of CPUs (these are numbers and ranges); write, for instance, 0-3,8",
                      list.substr(0, 200))};
    }
    for (auto cpu = *first; cpu <= *last; ++cpu) cpus.push_back(cpu);
  }
  std::sort(cpus.begin(), cpus.end());
  cpus.erase(std::unique(cpus.begin(), cpus.end()), cpus.end());
  return cpus;
}

std::string compress_cpu_list(const std::vector<unsigned>& cpus) {
  std::string text;
  for (std::size_t i = 0; i != cpus.size();) {
    auto last = i;
    while (last + 1 != cpus.size() && cpus[last + 1] == cpus[last] + 1) ++last;
    if (!text.empty()) text += ',';
    text += last == i ? std::to_string(cpus[i]) : fmt::format("{}-{}", cpus[i], cpus[last]);
    i = last + 1;
  }
  return text;
}

unsigned cores::usable() const noexcept {
  auto number = cpus.empty() ? online : static_cast<unsigned>(cpus.size());
  if (quota) number = std::min(number, static_cast<unsigned>(std::max(1.0, std::floor(*quota + 0.01))));
  return std::max(number, 1U);
}

cores find_cores(const std::string& root) {
  cores result;
  result.cpus = cpus_or_none(value_in(root + "/proc/self/status", "Cpus_allowed_list:"));
  result.online = static_cast<unsigned>(cpus_or_none(value_in(root + "/sys/devices/system/cpu/online", "")).size());
  if (result.online == 0) result.online = static_cast<unsigned>(result.cpus.size());
  result.physical = count_cores(root, result.cpus);
  result.quota = find_quota(root);
  return result;
}

}  // namespace cohort::cluster
