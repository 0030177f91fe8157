#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace fibonacci {

/// What is told of a term F(n) without its whole value. Plain data: it travels as its bytes.
struct summary {
  /// A value longer than this is shortened to its two ends.
  static constexpr std::uint64_t longest_whole = 21;
  static constexpr std::size_t end_length = 10;

  std::uint64_t n = 0;
  std::uint64_t digits = 0;
  std::array<char, 24> kept{};  ///< all digits, or the two ends, one behind the other

  [[nodiscard]] bool whole() const noexcept { return digits <= longest_whole; }
  /// The value in full, if it is short, else "1234567890…0987654321".
  [[nodiscard]] std::string shown() const;

  friend bool operator==(const summary&, const summary&) = default;
};

/// A computed term.
struct evaluated {
  summary about;
  std::string value;  ///< written out if that was asked for, else empty
};

/// Computes F(n). `full`: with its value written out, which costs several times as much.
[[nodiscard]] evaluated evaluate(std::uint64_t n, bool full);

/// How many digits F(n) has, give or take one, without computing it.
[[nodiscard]] std::uint64_t expected_digits(std::uint64_t n) noexcept;

}  // namespace fibonacci
