#include <cohort/core/error.hpp>
#include <cohort/pattern/detail/key_exchange.hpp>

#include <fmt/format.h>

namespace cohort::detail {

void throw_no_partition(int owner, int ranks) {
  throw argument_error{fmt::format(
      "the partition gives the rank {} (there are {}); give 0 or more and less than that", owner, ranks)};
}

void check_parcel(std::size_t bytes, std::size_t most) {
  if (bytes <= most) return;
  throw error{
      fmt::format("pairs for one rank take {} bytes (a round carries {}, 2^31 / size()); emit values in "
                  "smaller parts, or reduce them to less",
                  bytes, most)};
}

}  // namespace cohort::detail
