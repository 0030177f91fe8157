#include <cohort/cluster/detail/number.hpp>
#include <cohort/cluster/job_end.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>

namespace cohort::cluster {
namespace {

/// Job numbers, and those of array tasks (17_3), go into a command: nothing else may.
bool plain(const std::string& id) {
  return !id.empty() && id.find_first_not_of("0123456789_") == std::string::npos;
}

}  // namespace

std::optional<std::string> run_command(const std::string& command) {
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return std::nullopt;
  constexpr std::size_t most = 65536;
  std::string output;
  std::array<char, 512> part{};
  while (output.size() < most) {
    const auto got = std::fread(part.data(), 1, part.size(), pipe);
    if (got == 0) break;
    output.append(part.data(), got);
  }
  return ::pclose(pipe) == 0 ? std::optional{output} : std::nullopt;
}

std::optional<std::chrono::system_clock::time_point> parse_slurm_time(std::string_view text) {
  text = detail::trimmed(text);
  constexpr std::string_view form = "0000-00-00T00:00:00";
  if (text.size() != form.size()) return std::nullopt;
  std::array<int, 6> parts{};
  std::size_t part = 0;
  for (std::size_t i = 0; i != form.size(); ++i) {
    if (form[i] == '0') {
      if (text[i] < '0' || text[i] > '9') return std::nullopt;
      parts.at(part) = parts.at(part) * 10 + (text[i] - '0');
    } else {
      if (text[i] != form[i]) return std::nullopt;
      ++part;
    }
  }
  const auto [year, month, day, hour, minute, second] = parts;
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
    return std::nullopt;
  std::tm broken{};
  broken.tm_year = year - 1900;
  broken.tm_mon = month - 1;
  broken.tm_mday = day;
  broken.tm_hour = hour;
  broken.tm_min = minute;
  broken.tm_sec = second;
  broken.tm_isdst = -1;
  const auto time = std::mktime(&broken);
  if (time == std::time_t{-1}) return std::nullopt;
  return std::chrono::system_clock::from_time_t(time);
}

std::optional<std::chrono::system_clock::time_point> job_end(const allocation& of, const command_output& ask,
                                                             const variables& environment) {
  if (!of.slurm) return std::nullopt;
  if (const auto known = environment("SLURM_JOB_END_TIME")) {
    if (const auto seconds = detail::to_number<std::int64_t>(*known); seconds && *seconds > 0) {
      return std::chrono::system_clock::from_time_t(static_cast<std::time_t>(*seconds));
    }
  }
  if (!plain(of.slurm->id)) return std::nullopt;
  const auto answer = ask("squeue -h -j " + of.slurm->id + " -o %e 2>/dev/null");
  return answer ? parse_slurm_time(*answer) : std::nullopt;
}

}  // namespace cohort::cluster
