#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace cohort::journal {

/// 128 bits that tell things apart which nobody makes alike on purpose (MurmurHash3, x64, 128 bits; no protection
/// against an attacker). Says what a journal belongs to. The same on every machine and in every run.
///
///   const auto of = journal::fingerprint{}.with(name).with(parameters);
struct fingerprint {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  /// Of all that was put in so far and this behind it. Parts count: "ab" and "c" differ from "a" and "bc".
  [[nodiscard]] fingerprint with(std::span<const std::byte> part) const noexcept;
  [[nodiscard]] fingerprint with(std::string_view part) const noexcept {
    return with(std::as_bytes(std::span{part.data(), part.size()}));
  }
  [[nodiscard]] fingerprint with(std::uint64_t part) const noexcept;

  friend bool operator==(const fingerprint&, const fingerprint&) = default;
};

/// As 32 hexadecimal digits.
[[nodiscard]] std::string to_string(const fingerprint& of);

}  // namespace cohort::journal

template <>
struct std::hash<cohort::journal::fingerprint> {
  std::size_t operator()(const cohort::journal::fingerprint& of) const noexcept {
    return static_cast<std::size_t>(of.low);
  }
};
