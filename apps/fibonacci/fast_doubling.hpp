#pragma once

#include <boost/multiprecision/gmp.hpp>

#include <cstdint>

namespace fibonacci {

using integer = boost::multiprecision::mpz_int;

/// F(n), exact: F(0) = 0, F(1) = 1, F(n) = F(n - 1) + F(n - 2).
///
/// Two squarings of numbers of half the size per bit of n, and one multiplication for the last bit, so about the
/// cost of a few multiplications of numbers as long as the result.
///
/// Source: E. W. Dijkstra, "In honour of Fibonacci" (EWD654, 1978), for doubling the index; the GNU MP manual,
/// "Algorithms: Fibonacci Numbers", for the form with squarings only. The identities behind both are Lucas's, see
/// D. E. Knuth, The Art of Computer Programming, volume 1, section 1.2.8.
[[nodiscard]] integer term(std::uint64_t n);

}  // namespace fibonacci
