#include "fibonacci/fast_doubling.hpp"

#include <bit>

namespace fibonacci {

integer term(std::uint64_t n) {
  if (n == 0) return 0;
  // Takes the bits of n from the highest on. k is what the bits seen so far spell; `here` is F(k), `before` F(k-1).
  integer here = 1;
  integer before = 0;
  integer here_squared;
  integer before_squared;
  for (int bit = static_cast<int>(std::bit_width(n)) - 2; bit >= 1; --bit) {
    const bool k_odd = (n >> (bit + 1) & 1U) != 0;
    here_squared = here * here;
    before_squared = before * before;
    here = here_squared;  // F(2k+1) = 4 F(k)^2 - F(k-1)^2 + 2 (-1)^k
    here <<= 2;
    here -= before_squared;
    if (k_odd) {
      here -= 2;
    } else {
      here += 2;
    }
    before = here_squared + before_squared;  // F(2k-1) = F(k)^2 + F(k-1)^2
    if ((n >> bit & 1U) != 0) {
      before = here - before;  // F(2k) = F(2k+1) - F(2k-1)
    } else {
      here -= before;
    }
  }
  if (n == 1) return here;
  // Of the last pair only one is wanted, which costs one multiplication in place of two squarings.
  if ((n & 1U) == 0) return here * (here + 2 * before);  // F(2k) = F(k) (F(k) + 2 F(k-1))
  const bool k_odd = (n >> 1 & 1U) != 0;
  integer result = (2 * here + before) * (2 * here - before);  // F(2k+1), the same as above
  if (k_odd) {
    result -= 2;
  } else {
    result += 2;
  }
  return result;
}

}  // namespace fibonacci
