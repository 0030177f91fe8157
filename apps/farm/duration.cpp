#include "farm/duration.hpp"

#include "farm/errors.hpp"

#include <fmt/format.h>

#include <charconv>

namespace cohort_farm {
namespace {

constexpr double longest = 3.2e9;  // about a hundred years: in nanoseconds this still fits

double seconds_per(char unit) {
  switch (unit) {
    case 's':
    case 'S':
      return 1;
    case 'm':
    case 'M':
      return 60;
    case 'h':
    case 'H':
      return 3600;
    case 'd':
    case 'D':
      return 86400;
    default:
      return 0;
  }
}

}  // namespace

std::chrono::nanoseconds parse_duration(std::string_view text, std::string_view option) {
  const auto wrong = [&](std::string_view why) {
    return farm_error{
        fmt::format("{} {} is not a duration ({}); give seconds, or amounts with s, m, h or d, such as "
                    "90, 1.5h or 1d12h",
                    option, text, why)};
  };
  double total = 0;
  auto rest = text;
  if (rest.empty()) throw wrong("it is empty");
  if (rest.back() == '%') throw wrong("percentages of the median are not supported");
  while (!rest.empty()) {
    double amount = 0;
    const auto [end, status] =
        std::from_chars(rest.data(), rest.data() + rest.size(), amount, std::chars_format::fixed);
    if (status != std::errc{} || !(amount >= 0)) throw wrong("a number that is not negative was expected");
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    double unit = 1;
    if (!rest.empty()) {
      unit = seconds_per(rest.front());
      if (unit == 0) throw wrong(fmt::format("{} is no unit", rest.substr(0, 1)));
      rest.remove_prefix(1);
    } else if (total != 0) {
      throw wrong("the last amount has no unit");
    }
    total += amount * unit;
    if (total > longest) throw wrong("it is longer than a hundred years");
  }
  return std::chrono::nanoseconds{static_cast<std::int64_t>(total * 1e9)};
}

}  // namespace cohort_farm
