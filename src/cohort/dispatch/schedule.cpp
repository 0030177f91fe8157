#include <cohort/core/error.hpp>
#include <cohort/dispatch/schedule.hpp>

#include <array>
#include <string>

namespace cohort::dispatch {
namespace {

constexpr std::array<std::string_view, 8> names{"automatic", "self",         "factoring",     "guided",
                                                "trapezoid", "static_block", "static_cyclic", "adaptive"};
static_assert(names[static_cast<std::size_t>(schedule::adaptive)] == "adaptive");

}  // namespace

std::string_view to_string(schedule how) {
  return names.at(static_cast<std::size_t>(how));
}

schedule parse_schedule(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<schedule>(i);
  }
  std::string all;
  for (const std::string_view known : names) (all += all.empty() ? "" : ", ") += known;
  throw argument_error("unknown schedule \"" + std::string{name} + "\" (no such name); use one of " + all);
}

}  // namespace cohort::dispatch
