#include <cohort/core/error.hpp>
#include <cohort/observe/settings.hpp>

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>

namespace cohort::observe {
namespace {

constexpr double longest = 1e9;  // seconds

[[noreturn]] void refuse(std::string_view text) {
  throw argument_error{
      fmt::format("COHORT_WATCHDOG: \"{}\" is no length of time; give seconds, or as in 500ms, 30s, 5min, with "
                  "\",abort\" behind it to end the job",
                  text)};
}

cohort::detail::watch_settings made(double seconds, bool abort) {
  if (seconds <= 0) return {};
  return {std::max(1L, std::lround(1000 * seconds)), abort};
}

}  // namespace

cohort::detail::watch_settings read_settings(std::string_view text) {
  auto rest = text;
  bool abort = false;
  if (const auto comma = rest.find(','); comma != std::string_view::npos) {
    if (rest.substr(comma + 1) != "abort") refuse(text);
    abort = true;
    rest = rest.substr(0, comma);
  }
  if (rest == "off") return {};
  const std::string copy{rest};
  if (copy.empty() || copy.front() < '0' || copy.front() > '9') refuse(text);
  char* end = nullptr;
  const double number = std::strtod(copy.c_str(), &end);
  constexpr std::array<std::pair<std::string_view, double>, 5> units{
      {{"", 1.0}, {"s", 1.0}, {"ms", 0.001}, {"min", 60.0}, {"h", 3600.0}}};
  for (const auto& [unit, seconds] : units) {
    if (unit != end) continue;
    if (!(number * seconds <= longest)) refuse(text);
    return made(number * seconds, abort);
  }
  refuse(text);
}

}  // namespace cohort::observe

namespace cohort::detail {

watch_settings read_watch_settings(double seconds, bool abort) {
  if (!(seconds >= 0 && seconds <= observe::longest)) {
    throw argument_error{
        fmt::format("environment: the watchdog's time of {} s is none; give seconds from 0 (off)", seconds)};
  }
  auto settings = observe::made(seconds, abort);
  if (const auto* const text = std::getenv("COHORT_WATCHDOG"); text != nullptr && *text != '\0')
    settings = observe::read_settings(text);
  if (const auto* const text = std::getenv("COHORT_WATCHDOG_ABORT"); text != nullptr && *text != '\0')
    settings.abort = settings.milliseconds != 0 && std::string_view{text} != "0";
  return settings;
}

}  // namespace cohort::detail
