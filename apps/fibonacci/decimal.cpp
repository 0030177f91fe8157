#include "fibonacci/decimal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace fibonacci {
namespace {

namespace mp = boost::multiprecision;
/// 100 decimal digits: after the hundred or so rounded operations below, some 80 are still right.
using real = mp::mpf_float_100;

/// The first digits of a number, and how many it has.
struct leading {
  std::uint64_t digits;
  std::uint64_t first;
};

/// Nothing if the approximation lies too close to a whole number to tell on which side the exact one is.
std::optional<leading> leading_of(const real& value, std::size_t count) {
  long exponent = 0;
  const double mantissa = mpf_get_d_2exp(&exponent, value.backend().data());
  const double log10_of_value = std::log10(mantissa) + static_cast<double>(exponent) * std::log10(2.0);
  auto digits = static_cast<std::uint64_t>(log10_of_value) + 1;  // may be one off; put right below
  const auto lowest = static_cast<std::uint64_t>(std::llround(std::pow(10.0, static_cast<double>(count) - 1)));
  while (true) {
    const real scaled = value / mp::pow(real{10}, digits - count);
    const auto first = scaled.convert_to<std::uint64_t>();
    const real rest = scaled - first;
    const real doubt{"1e-50"};
    if (rest < doubt || rest > 1 - doubt) return std::nullopt;
    if (first >= 10 * lowest) {
      ++digits;
    } else if (first < lowest) {
      --digits;
    } else {
      return leading{digits, first};
    }
  }
}

}  // namespace

decimal_ends ends_of(const std::string& text, std::size_t count) {
  const auto n = std::min(count, text.size());
  return {text.size(), text.substr(0, n), text.substr(text.size() - n)};
}

decimal_ends ends_of(const integer& value, std::size_t count) {
  constexpr unsigned short_enough = 512;  // bits; writing out as few is cheap
  if (value == 0 || mp::msb(value) < short_enough) return ends_of(value.str(), count);
  const auto head = leading_of(real{value}, count);
  if (!head) return ends_of(value.str(), count);
  const auto modulus = static_cast<unsigned long>(std::llround(std::pow(10.0, static_cast<double>(count))));
  const auto tail = mpz_fdiv_ui(value.backend().data(), modulus);
  return {head->digits, fmt::format("{}", head->first), fmt::format("{:0{}}", tail, count)};
}

}  // namespace fibonacci
