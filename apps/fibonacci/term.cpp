#include "fibonacci/term.hpp"

#include "fibonacci/decimal.hpp"
#include "fibonacci/fast_doubling.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fibonacci {

std::string summary::shown() const {
  if (whole()) return {kept.data(), static_cast<std::size_t>(digits)};
  const std::string_view ends{kept.data(), 2 * end_length};
  return fmt::format("{}…{}", ends.substr(0, end_length), ends.substr(end_length));
}

evaluated evaluate(std::uint64_t n, bool full) {
  static_assert(summary::longest_whole <= std::tuple_size_v<decltype(summary::kept)>);
  static_assert(2 * summary::end_length <= summary::longest_whole);
  const integer value = term(n);
  evaluated result;
  if (full) result.value = value.str();
  const auto ends = full ? ends_of(result.value, summary::end_length) : ends_of(value, summary::end_length);
  result.about.n = n;
  result.about.digits = ends.digits;
  const auto kept = result.about.whole() ? value.str() : ends.first + ends.last;
  std::copy(kept.begin(), kept.end(), result.about.kept.begin());
  return result;
}

std::uint64_t expected_digits(std::uint64_t n) noexcept {
  constexpr double digits_per_step = 0.20898764024997873;  // log10 of the golden ratio
  constexpr double digits_less = 0.34948500216800941;      // log10 of the square root of 5
  const double logarithm = static_cast<double>(n) * digits_per_step - digits_less;
  return logarithm < 0 ? 1 : static_cast<std::uint64_t>(logarithm) + 1;
}

}  // namespace fibonacci
