#pragma once

#include "fibonacci/fast_doubling.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace fibonacci {

/// The two ends of a number in decimal.
struct decimal_ends {
  std::uint64_t digits = 0;  ///< how many the whole number has
  std::string first;         ///< the first `count`, or all of them if there are no more
  std::string last;          ///< the last `count`, likewise
};

/// The decimal ends of `value`, which is not negative; `count` is 1 to 18. Exact.
///
/// Does not write the number out, which takes four times as long as computing the term: the last digits are a
/// remainder, the first ones and the length come from the number's leading bits, with a bound on the error that
/// says when these do not suffice; only then the number is written out.
[[nodiscard]] decimal_ends ends_of(const integer& value, std::size_t count);

/// The same of a number that is written out already.
[[nodiscard]] decimal_ends ends_of(const std::string& text, std::size_t count);

}  // namespace fibonacci
