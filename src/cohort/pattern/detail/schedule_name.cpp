#include <cohort/core/error.hpp>
#include <cohort/pattern/detail/schedule_name.hpp>

#include <fmt/format.h>

#include <array>
#include <utility>

namespace cohort::detail {

dispatch::schedule schedule_named(std::string_view name) {
  using dispatch::schedule;
  static constexpr std::array<std::pair<std::string_view, schedule>, 8> known{
      {{"automatic", schedule::automatic},
       {"self", schedule::self},
       {"factoring", schedule::factoring},
       {"guided", schedule::guided},
       {"trapezoid", schedule::trapezoid},
       {"static_block", schedule::static_block},
       {"static_cyclic", schedule::static_cyclic},
       {"adaptive", schedule::adaptive}}};
  for (const auto& [called, how] : known) {
    if (called == name) return how;
  }
  throw argument_error{
      fmt::format("there is no schedule '{}' (names are those of the enumerators); use automatic, self, factoring, "
                  "guided, trapezoid, static_block or static_cyclic",
                  name)};
}

}  // namespace cohort::detail
