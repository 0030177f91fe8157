#include "farm/errors.hpp"
#include "farm/joblog.hpp"
#include "farm/task_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace cohort_farm {
namespace {

struct line {
  std::uint64_t seq = 0;
  logged_end how;
  std::string_view command;
};

template <class Number>
bool whole_number(std::string_view text, Number& value) {
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  return status == std::errc{} && end == text.data() + text.size();
}

/// Padded with spaces; negative if it is no number.
double seconds(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  double value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  return status == std::errc{} && end == text.data() + text.size() ? value : -1;
}

/// Starttime, Send and Receive are not used, so they are not judged; nor is JobRuntime, which only helps.
std::optional<line> parse(std::string_view text) {
  std::string_view fields[8];
  for (auto& field : fields) {
    const auto tab = text.find('\t');
    if (tab == std::string_view::npos) return std::nullopt;
    field = text.substr(0, tab);
    text.remove_prefix(tab + 1);
  }
  line result;
  result.command = text;  // may have tabs
  result.how.runtime = seconds(fields[3]);
  const bool good = whole_number(fields[0], result.seq) && whole_number(fields[6], result.how.exit_value) &&
                    whole_number(fields[7], result.how.signal) && result.seq != 0;
  return good ? std::optional{result} : std::nullopt;
}

std::string shortened(std::string_view command) {
  constexpr std::size_t most = 60;
  return command.size() <= most ? std::string{command} : fmt::format("{}...", command.substr(0, most));
}

}  // namespace

logged_ends read_joblog(std::string_view text, const task_list& tasks, const std::string& name) {
  logged_ends result;
  std::size_t number = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1);
    const auto whole = text.substr(0, end + 1);
    text.remove_prefix(end + 1);
    if (++number == 1) {
      if (whole == joblog_header) continue;
      throw farm_error{
          fmt::format("{} is no log (its first line is not Seq, Host, Starttime ...); name the log of an "
                      "earlier run, or a new file",
                      name)};
    }
    if (whole == joblog_header) continue;  // logs that were joined
    const auto parsed = parse(whole.substr(0, whole.size() - 1));
    if (!parsed) {
      throw farm_error{
          fmt::format("{}:{} is no line of a log (expected nine fields with tabs between them); remove "
                      "that line: its task is then run again",
                      name, number)};
    }
    if (parsed->seq > tasks.size()) {
      throw farm_error{
          fmt::format("{}:{} has task {}, but {} has only {} (the log belongs to another list); resume with "
                      "the list that the log was made with, or name a new log",
                      name, number, parsed->seq, tasks.name(), tasks.size())};
    }
    const auto i = static_cast<std::size_t>(parsed->seq - 1);
    if (parsed->command != tasks[i]) {
      throw farm_error{
          fmt::format("{}:{} has \"{}\" as task {}, but {}:{} has \"{}\" (the log belongs to another list, "
                      "or the list was changed); resume with the list that the log was made with, or name "
                      "a new log",
                      name, number, shortened(parsed->command), parsed->seq, tasks.name(), tasks.line_number(i),
                      shortened(tasks[i]))};
    }
    result[parsed->seq] = parsed->how;
  }
  return result;
}

}  // namespace cohort_farm
